"""The statements that find, lock and end the items of a job."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from models.id_arrays import IdArray
from models.invoices.writer import IssuedInvoice
from models.jobs.state import ItemError

# Every statement on items finds its rows through their primary key, whatever the planner believes
# of the job's size; it believes wrongly of a job that ANALYZE has not seen. So `status` is tested
# outside of the subquery that looks up an order, and OFFSET 0 keeps it there: inside, the index by
# status looks as good and reads the whole job. For the same reason a change joins the job's id
# instead of naming it: named, one pass over the job looks better than some lookups.
# `planner.LOOKUPS` and migration 0002 do the rest.
_LOOKED_UP = """
    SELECT i.order_id, i.attempts, i.job_id
    FROM unnest(:ids) AS asked (order_id), LATERAL (
        SELECT job_id, order_id, attempts, status, xmin AS changed_by FROM batch_job_items
        WHERE job_id = :job_id AND order_id = asked.order_id OFFSET 0 {lock}) AS i
    WHERE {condition}
"""


def look_up(condition: str, *, lock: str = "FOR UPDATE SKIP LOCKED") -> TextClause:
    """A statement that reads `order_id, attempts` of the items with `:ids` that meet a condition.

    Those that another transaction has locked are left out, unless `lock` is empty.
    """
    return _with_ids(_LOOKED_UP.format(condition=condition, lock=lock))


def change(condition: str, assignment: str) -> TextClause:
    """A statement that changes the items that `look_up` finds.

    It returns `order_id, attempts, changed_by` of each: the last is the id of the transaction.
    """
    looked_up = _LOOKED_UP.format(condition=condition, lock="FOR UPDATE SKIP LOCKED")
    return _with_ids(
        f"""
        WITH locked AS MATERIALIZED ({looked_up})
        UPDATE batch_job_items i SET {assignment}
        FROM locked WHERE i.job_id = locked.job_id AND i.order_id = locked.order_id
        RETURNING i.order_id, i.attempts, CAST(i.xmin AS text) AS changed_by
        """  # noqa: S608 - conditions of our own
    )


def _with_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=IdArray()))


_LOCK_OPEN = look_up("i.status = 'pending'")
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


def lock_open_items(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> Sequence[int]:
    """Locks the open orders, and leaves out those that another transaction has locked."""
    return session.scalars(_LOCK_OPEN, {"job_id": job_id, "ids": sorted(order_ids)}).all()


def open_between(session: Session, job_id: uuid.UUID, after: int, up_to: int) -> Sequence[int]:
    """The open orders at the positions after `after`, up to `up_to` of the job, in order."""
    between = {"job_id": job_id, "after": after, "up_to": up_to}
    return session.scalars(_OPEN_BETWEEN, between).all()


def succeed_items(session: Session, job_id: uuid.UUID, invoices: Sequence[IssuedInvoice]) -> None:
    """Ends orders as succeeded, each with its invoice."""
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
    """Ends orders as failed, each with its reason."""
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
