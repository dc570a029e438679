"""How long a job was worked on, without the time between its end and a retry; resets by SQL;
failed orders by reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import job_history

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "batch_job_queue", sa.Column("working_since", postgresql.TIMESTAMP(timezone=True))
    )
    op.add_column(
        "batch_job_queue",
        sa.Column("worked", postgresql.INTERVAL(), server_default="0", nullable=False),
    )
    op.execute(
        """
        UPDATE batch_job_queue SET
            worked = coalesce(completed_at - started_at, interval '0'),
            working_since = CASE WHEN status = 'processing'
                                 THEN coalesce(started_at, updated_at) END
        """
    )
    op.create_index(
        "batch_job_items_by_reason",
        "batch_job_items",
        ["job_id", "error_code", "position"],
        postgresql_where=sa.text("status = 'failed'"),
    )
    job_history.count_time()
    job_history.note_resets()
