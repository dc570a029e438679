"""Allowances, charges and gross prices as rows, rounding, and what an organisation chooses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROW_TYPES = "row_type IN ('line', 'allowance', 'charge')"
_BOUNDED = "abs(unit_price_gross) < 1000000000000"
_SINGLE = "row_type = 'line' OR (quantity = 1 AND discount_percent = 0)"
_AMOUNTS = "net >= 0 AND gross >= 0 AND gross + rounding >= 0"


def upgrade() -> None:
    # Defaults are constant, so that no row of a large table is rewritten.
    for table in ("order_lines", "invoice_lines"):
        op.add_column(
            table, sa.Column("row_type", sa.Text(), server_default="line", nullable=False)
        )
        op.add_column(table, sa.Column("unit_price_gross", sa.Numeric()))
    op.add_column(
        "invoices", sa.Column("rounding", sa.Numeric(), server_default="0", nullable=False)
    )
    op.drop_constraint("invoices_amounts", "invoices")
    _constrain(
        "order_lines",
        row_type=_ROW_TYPES,
        single_amount=_SINGLE,
        unit_price_gross_bounded=_BOUNDED,
    )
    _constrain("invoice_lines", row_type=_ROW_TYPES)
    _constrain("invoices", amounts=_AMOUNTS)
    _choices_of_organizations()


def _constrain(table: str, **conditions: str) -> None:
    # In one statement, which reads a large table once.
    added = (
        f"ADD CONSTRAINT {table}_{name} CHECK ({condition})"
        for name, condition in conditions.items()
    )
    op.execute(f"ALTER TABLE {table} {', '.join(added)}")


def _choices_of_organizations() -> None:
    op.add_column("organizations", sa.Column("tax_number", sa.Text()))
    op.add_column(
        "organizations",
        sa.Column("allow_zero_totals", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "organizations",
        sa.Column("order_date_days_ahead", sa.Integer(), server_default="30", nullable=False),
    )
    op.create_check_constraint(
        "organizations_order_date_days_ahead",
        "organizations",
        "order_date_days_ahead BETWEEN 0 AND 3650",
    )
