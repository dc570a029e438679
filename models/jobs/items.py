"""The statements that insert, find, lock and end the items of a job."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import TextClause, bindparam, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text, Uuid

from models.database import set_locally
from models.id_arrays import IdArray
from models.invoices.writer import IssuedInvoice
from models.jobs.published_state import ItemError, JobState
from models.orders.named_orders import MAX_ITEMS
from models.orders.search import OrderFilter, oldest_matching
from models.planner import FENCE, SUBMIT
from models.tables.batch_job import BatchJobItem

# Every statement on items must find its rows through their primary key. So `status` is tested
# outside of the fence: inside, it would make the planner use the index by status and read the whole
# job. A change joins the job's id from behind a fence: compared with the parameter, it would make
# the planner prefer one pass over the job. `planner.LOOKUPS` and migration 0002 do the rest.
_LOOKED_UP = """
    SELECT i.order_id, i.attempts, i.job_id
    FROM unnest(:ids) AS wanted (order_id), LATERAL (
        SELECT job_id, order_id, position, attempts, status, xmin AS changed_by
        FROM batch_job_items
        WHERE job_id = :job_id AND order_id = wanted.order_id {fence} {lock}) AS i
    WHERE {condition}
"""


def look_up(condition: str, *, lock: str = "FOR UPDATE SKIP LOCKED") -> TextClause:
    """A statement that reads `order_id, attempts` of the items with `:ids` that meet a condition.

    It skips items that another transaction has locked, unless `lock` is empty.
    """
    return _with_ids(_LOOKED_UP.format(condition=condition, fence=FENCE, lock=lock))


def change(condition: str, assignment: str) -> TextClause:
    """A statement that changes the items that `look_up` finds.

    It returns `order_id, position, attempts, changed_by` of each: the last is the id of the
    transaction.
    """
    looked_up = _LOOKED_UP.format(condition=condition, fence=FENCE, lock="FOR UPDATE SKIP LOCKED")
    return _with_ids(
        f"""
        WITH locked AS ({looked_up})
        UPDATE batch_job_items i SET {assignment}
        FROM locked WHERE i.job_id = locked.job_id AND i.order_id = locked.order_id
        RETURNING i.order_id, i.position, i.attempts, CAST(i.xmin AS text) AS changed_by
        """  # noqa: S608 - conditions of our own
    )


def _with_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=IdArray()))


_LOCK_OPEN = look_up("i.status = 'pending'")
_SUCCEED = text(
    f"""
    UPDATE batch_job_items i SET status = 'succeeded', invoice_id = u.invoice_id, ended_at = now()
    FROM (SELECT CAST(:job_id AS uuid) AS job_id, order_id, invoice_id
          FROM unnest(:ids, :invoice_ids) AS ended (order_id, invoice_id) {FENCE}) AS u
    WHERE i.job_id = u.job_id AND i.order_id = u.order_id
    """  # noqa: S608 - the fence is ours
).bindparams(bindparam("ids", type_=IdArray()), bindparam("invoice_ids", type_=IdArray()))
_FAIL = text(
    f"""
    UPDATE batch_job_items i
    SET status = 'failed', ended_at = now(), error_code = u.code, error_message = u.message,
        error_field = u.field, error_remedy = u.remedy
    FROM (SELECT CAST(:job_id AS uuid) AS job_id, ended.*
          FROM unnest(:ids, :codes, :messages, :fields, :remedies)
               AS ended (order_id, code, message, field, remedy) {FENCE}) AS u
    WHERE i.job_id = u.job_id AND i.order_id = u.order_id
    """  # noqa: S608 - the fence is ours
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
_INSERT = text(
    f"""
    INSERT INTO batch_job_items (organization_id, job_id, order_id, position)
    SELECT :organization_id, :job_id, o.id, row_number() OVER (ORDER BY o.order_date, o.id)
    FROM unnest(:ids) AS wanted (id),
         LATERAL (SELECT id, order_date FROM orders WHERE id = wanted.id {FENCE}) AS o
    """  # noqa: S608 - the fence is ours
).bindparams(bindparam("ids", type_=IdArray()), bindparam("job_id", type_=Uuid))


def insert_items(
    session: Session, organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> None:
    """Inserts an item for each of these orders, which must exist; the oldest order comes first."""
    parameters = {"organization_id": organization_id, "job_id": job_id, "ids": list(order_ids)}
    session.execute(_INSERT, parameters)


def insert_matching_items(
    session: Session, organization_id: int, job_id: uuid.UUID, order_filter: OrderFilter
) -> int:
    """Inserts an item for each order that matches; the oldest order comes first.

    Returns how many, at most `MAX_ITEMS` + 1.
    """
    # The orders are read in the order of their positions, through an index if there is one, so
    # nothing needs to be sorted.
    matching = oldest_matching(session, order_filter).limit(MAX_ITEMS + 1).subquery()
    items = select(
        literal(organization_id, BigInteger),
        literal(job_id, Uuid),
        matching.c.id,
        func.row_number().over(order_by=(matching.c.order_date, matching.c.id)),
    )
    set_locally(session, SUBMIT)
    inserted = session.execute(
        insert(BatchJobItem).from_select(
            ["organization_id", "job_id", "order_id", "position"], items
        ),
        execution_options={"preserve_rowcount": True},
    )
    count: int = inserted.rowcount  # type: ignore[attr-defined]
    return count


def lock_open_items(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> Sequence[int]:
    """Locks the open orders, and leaves out those that another transaction has locked."""
    return session.scalars(_LOCK_OPEN, {"job_id": job_id, "ids": sorted(order_ids)}).all()


def last_sent(session: Session, job: JobState, count: int) -> Sequence[int]:
    """The open orders at the last `count` positions up to `sent_position`, in order."""
    if not count:
        return ()
    sent = job.sent_position
    between = {"job_id": job.job_id, "after": sent - count, "up_to": sent}
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
