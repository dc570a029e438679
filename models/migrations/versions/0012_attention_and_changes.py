"""Orders that need attention, and changes of orders and customers in the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.migrations.row_security import admit_crossing

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No order has the stamp 0 once it is checked: the periodic duty works off those that exist.
    stamp = sa.Column("attention_stamp", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("orders", stamp)
    for name in ("code", "field", "message", "remedy"):
        op.add_column("orders", sa.Column(f"attention_{name}", sa.Text))
    op.create_index(
        "orders_needing_attention",
        "orders",
        ["organization_id", "order_date", "id"],
        postgresql_where=sa.text("attention_code IS NOT NULL AND status = 'confirmed'"),
    )
    op.create_index(
        "orders_by_attention_stamp",
        "orders",
        ["organization_id", "attention_stamp"],
        postgresql_where=sa.text("status = 'confirmed'"),
    )
    for name in ("order_id", "customer_id"):
        op.add_column("audit_log", sa.Column(name, sa.BigInteger))
        op.create_index(
            f"audit_log_by_{name.removesuffix('_id')}",
            "audit_log",
            ["organization_id", name, "id"],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    # The periodic duty looks which organisations there are.
    admit_crossing("organizations", "sweep")
