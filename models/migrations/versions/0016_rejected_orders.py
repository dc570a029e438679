"""Imports keep the numbers of rejected orders instead of the lines of their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import row_security

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was ever written into it.
    op.drop_table("import_rejected_lines")
    op.create_table(
        "import_rejected_orders",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_rejected_orders_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "batch"),
    )
    row_security.protect_table("import_rejected_orders")
