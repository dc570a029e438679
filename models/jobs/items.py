"""What groups of orders do to the items of a job; `job_transitions` changes the job itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from models.id_arrays import IdArray
from models.invoices.writer import IssuedInvoice
from models.jobs.state import ItemError


def _with_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=IdArray()))


# Every statement here finds its rows through the items' primary key, whatever the planner believes
# of the job's size; it believes wrongly of a job that ANALYZE has not seen. So `status` stands
# outside of the subquery that looks up an order, and OFFSET 0 keeps it there: with it, the index by
# status looks as good and reads the whole job. For the same reason a change joins the job's id
# instead of naming it: else one pass over the job looks better than some lookups. `planner.LOOKUPS`
# and migration 0002 do the rest.
_LOOKED_UP = """
    SELECT i.order_id, i.attempts, i.job_id
    FROM unnest(:ids) AS asked (order_id), LATERAL (
        SELECT job_id, order_id, attempts, status FROM batch_job_items
        WHERE job_id = :job_id AND order_id = asked.order_id OFFSET 0 {lock}) AS i
    WHERE {condition}
"""


def _looked_up(condition: str, *, lock: str = "FOR UPDATE SKIP LOCKED") -> str:
    return _LOOKED_UP.format(condition=condition, lock=lock)


def _change(condition: str, change: str) -> TextClause:
    return _with_ids(
        f"""
        WITH locked AS MATERIALIZED ({_looked_up(condition)})
        UPDATE batch_job_items i SET {change}
        FROM locked WHERE i.job_id = locked.job_id AND i.order_id = locked.order_id
        RETURNING i.order_id, i.attempts
        """  # noqa: S608 - conditions of our own
    )


_OPEN = _with_ids(_looked_up("i.status = 'pending'", lock=""))
_LOCK_OPEN = _with_ids(_looked_up("i.status = 'pending'"))
_BEGIN_FRESH = _change(
    "i.status = 'pending' AND i.attempts = 0 AND 'processing' = "
    "(SELECT status FROM batch_job_queue WHERE id = :job_id)",
    "attempts = 1",
)
_COUNT_ATTEMPT = _change("i.status = 'pending'", "attempts = i.attempts + 1")
_UNCOUNT_ATTEMPT = _change("i.status = 'pending' AND i.attempts > 0", "attempts = i.attempts - 1")
_COUNT_DUPLICATES = _change(
    "i.status IN ('succeeded', 'failed')", "duplicate_deliveries = i.duplicate_deliveries + 1"
)
_SUCCEED = text(
    """
    UPDATE batch_job_items i SET status = 'succeeded', invoice_id = u.invoice_id, ended_at = now()
    FROM (SELECT CAST(:job_id AS uuid) AS job_id, order_id, invoice_id
          FROM unnest(:ids, :invoice_ids) AS ended (order_id, invoice_id) OFFSET 0) AS u
    WHERE i.job_id = u.job_id AND i.order_id = u.order_id
    """
).bindparams(bindparam("ids", type_=IdArray()), bindparam("invoice_ids", type_=IdArray()))
_FAIL = text(
    """
    UPDATE batch_job_items i
    SET status = 'failed', ended_at = now(), error_code = u.code, error_message = u.message,
        error_field = u.field, error_remedy = u.remedy
    FROM (SELECT CAST(:job_id AS uuid) AS job_id, ended.*
          FROM unnest(:ids, :codes, :messages, :fields, :remedies)
               AS ended (order_id, code, message, field, remedy) OFFSET 0) AS u
    WHERE i.job_id = u.job_id AND i.order_id = u.order_id
    """
).bindparams(
    bindparam("ids", type_=IdArray()),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("codes", "messages", "fields", "remedies")),
)
_OPEN_BETWEEN = text(
    """
    SELECT order_id FROM batch_job_items
    WHERE job_id = :job_id AND position > :after AND position <= :up_to AND status = 'pending'
    ORDER BY position
    """
)


def open_items(session: Session, job_id: uuid.UUID, order_ids: Collection[int]) -> dict[int, int]:
    """The orders that have not ended yet, with how often work on each began."""
    rows = session.execute(_OPEN, {"job_id": job_id, "ids": sorted(order_ids)})
    return {row.order_id: row.attempts for row in rows}


def lock_open_items(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> Sequence[int]:
    """Locks the orders that have not ended and that nobody else is working on."""
    return session.scalars(_LOCK_OPEN, {"job_id": job_id, "ids": sorted(order_ids)}).all()


def open_between(session: Session, job_id: uuid.UUID, after: int, up_to: int) -> Sequence[int]:
    """The orders that have not ended on the places after `after` of the job's line, in order."""
    between = {"job_id": job_id, "after": after, "up_to": up_to}
    return session.scalars(_OPEN_BETWEEN, between).all()


def begin_fresh(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> list[int]:
    """Counts the first attempt on open orders that had none, and says which these are.

    None of a job that is not processing.
    """
    rows = session.execute(_BEGIN_FRESH, {"job_id": job_id, "ids": sorted(order_ids)}).all()
    return [row.order_id for row in rows]


def count_attempt(session: Session, job_id: uuid.UUID, order_id: int) -> int:
    """Counts one more attempt on an open order; the attempts so far, 0 for one that has ended."""
    row = session.execute(_COUNT_ATTEMPT, {"job_id": job_id, "ids": [order_id]}).one_or_none()
    return row.attempts if row else 0


def uncount_attempt(session: Session, job_id: uuid.UUID, order_ids: Collection[int]) -> None:
    """Takes back an attempt that no fault of the order's put an end to."""
    session.execute(_UNCOUNT_ATTEMPT, {"job_id": job_id, "ids": sorted(order_ids)})


def count_duplicates(session: Session, job_id: uuid.UUID, order_ids: Collection[int]) -> None:
    """Counts messages that came for orders that had ended."""
    session.execute(_COUNT_DUPLICATES, {"job_id": job_id, "ids": sorted(order_ids)})


def succeed_items(session: Session, job_id: uuid.UUID, invoices: Sequence[IssuedInvoice]) -> None:
    """Ends the orders that got an invoice."""
    if invoices:
        session.execute(
            _SUCCEED,
            {
                "job_id": job_id,
                "ids": [invoice.order_id for invoice in invoices],
                "invoice_ids": [invoice.id for invoice in invoices],
            },
        )


def fail_items(session: Session, job_id: uuid.UUID, errors: Sequence[ItemError]) -> None:
    """Ends the orders that get none, with the reason of each."""
    if errors:
        session.execute(
            _FAIL,
            {
                "job_id": job_id,
                "ids": [error.order_id for error in errors],
                "codes": [error.finding.code for error in errors],
                "messages": [error.finding.message for error in errors],
                "fields": [error.finding.field for error in errors],
                "remedies": [error.finding.remedy for error in errors],
            },
        )
