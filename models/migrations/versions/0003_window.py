"""The window of a job: how many of its messages are to be in flight."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A job that is under way during the migration has as many in flight as were sent at once then.
    op.add_column(
        "batch_job_queue",
        sa.Column("window_size", sa.Integer(), server_default="256", nullable=False),
    )
    op.alter_column("batch_job_queue", "window_size", server_default="0")
    op.create_check_constraint("batch_job_queue_window", "batch_job_queue", "window_size >= 0")
