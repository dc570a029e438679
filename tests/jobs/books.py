"""SQL checks that an organisation's jobs, invoices and numbers agree."""

from collections.abc import Sequence

from sqlalchemy import func, select, text

from models.database import org_transaction
from models.tables.invoice import Invoice

# Each query finds rows that must not exist. Row-level security limits it to one organisation.
_WRONG = {
    "a counter differs from the items": """
        SELECT job.id, job.total_items, job.successful_items, job.failed_items,
               job.cancelled_items, i.*
        FROM batch_job_queue job CROSS JOIN LATERAL (
            SELECT count(*) AS total,
                   count(*) FILTER (WHERE status = 'pending') AS pending,
                   count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'cancelled') AS cancelled
            FROM batch_job_items WHERE job_id = job.id) i
        WHERE (job.total_items, job.successful_items, job.failed_items, job.cancelled_items)
              <> (i.total, i.succeeded, i.failed, i.cancelled)
           OR job.processed_items <> i.succeeded + i.failed
           OR i.total <> i.pending + i.succeeded + i.failed + i.cancelled
    """,
    "a status does not fit the counters": """
        SELECT id, status, total_items, successful_items, failed_items, cancelled_items
        FROM batch_job_queue
        WHERE (status = 'completed') <> (
                  successful_items + failed_items = total_items AND successful_items > 0)
           OR (status = 'failed') <> (failed_items = total_items)
           OR (status <> 'cancelled' AND cancelled_items > 0)
           OR (status IN ('completed', 'failed', 'cancelled')) <> (completed_at IS NOT NULL)
    """,
    "an order has two invoices": """
        SELECT order_id FROM invoices GROUP BY order_id HAVING count(*) > 1
    """,
    "numbers have a gap, or dates go back": """
        SELECT number FROM (
            SELECT number, sequence, issue_date,
                   row_number() OVER line AS expected, lag(issue_date) OVER line AS before
            FROM invoices WINDOW line AS (PARTITION BY series, year ORDER BY sequence)) numbered
        WHERE sequence <> expected OR issue_date < before
    """,
    "a series' counter is not at its last number": """
        SELECT series, year, last_number FROM number_series s
        WHERE last_number <> (SELECT count(*) FROM invoices i
                              WHERE i.series = s.series AND i.year = s.year)
    """,
    "items and invoices disagree": """
        SELECT i.job_id, i.order_id, v.id FROM batch_job_items i
        FULL JOIN invoices v ON v.id = i.invoice_id AND v.order_id = i.order_id
                            AND v.batch_job_id = i.job_id
        WHERE (i.status = 'succeeded' OR i.order_id IS NULL)
          AND (v.id IS NULL OR i.order_id IS NULL)
    """,
    "an order's status and its invoice disagree": """
        SELECT o.id, o.status FROM orders o
        WHERE (o.status = 'invoiced') <> EXISTS (SELECT FROM invoices v WHERE v.order_id = o.id)
    """,
    "a job's errors are not those of its failed items": """
        SELECT job.id, job.errors FROM batch_job_queue job
        WHERE job.failed_items <= 100 AND (
            SELECT coalesce(array_agg((e->>'order_id')::bigint ORDER BY e->'order_id'), '{}')
            FROM jsonb_array_elements(job.errors) e) <> (
            SELECT coalesce(array_agg(order_id ORDER BY order_id), '{}')
            FROM batch_job_items WHERE job_id = job.id AND status = 'failed')
    """,
}


def wrong_in_books(organization_id: int) -> dict[str, Sequence[object]]:
    """Failed checks by name, each with the rows it found; empty when all agree."""
    with org_transaction(organization_id) as session:
        found = {name: session.execute(text(sql)).all() for name, sql in _WRONG.items()}
    return {name: rows for name, rows in found.items() if rows}


def invoice_count(organization_id: int) -> int:
    """How many invoices the organisation has."""
    with org_transaction(organization_id) as session:
        return session.scalar(select(func.count()).select_from(Invoice)) or 0
