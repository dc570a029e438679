"""The window of a job: how many of its messages are to be in flight; cheaper inserts of lines."""

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
    # A subquery for each row cannot become a join, whose cost would grow with the invoices there.
    # An invoice that is not seen here is another organisation's, which the foreign key refuses.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_late_rows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM added a WHERE transaction_timestamp() <>
                    (SELECT i.created_at FROM invoices i WHERE i.id = a.invoice_id)
            ) THEN
                RAISE EXCEPTION 'INSERT into % is refused: the invoice was issued before',
                    TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
