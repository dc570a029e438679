"""Idempotent submits, and a count of messages that came after an order had ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch_job_queue", sa.Column("idempotency_key", sa.Text()))
    op.add_column("batch_job_queue", sa.Column("request_hash", sa.Text()))
    op.create_check_constraint(
        "batch_job_queue_idempotency",
        "batch_job_queue",
        "(idempotency_key IS NULL) = (request_hash IS NULL)",
    )
    op.create_index(
        "batch_job_queue_idempotency_key",
        "batch_job_queue",
        ["organization_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.add_column(
        "batch_job_items",
        sa.Column("duplicate_deliveries", sa.Integer(), server_default="0", nullable=False),
    )
    # A job that ANALYZE has not seen yet is taken for one row, and every plan looks alike; without
    # statistics it is always taken for one part in 200 of the table, and the primary key wins.
    for column in ("job_id", "status"):
        op.execute(f"ALTER TABLE batch_job_items ALTER COLUMN {column} SET STATISTICS 0")
