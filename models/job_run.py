"""Works off items of a job: validate, draft, number, write and count in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

from models import job_transitions
from models.batch_job import BatchJob
from models.database import crossing_transaction, org_transaction
from models.invoice_writer import Issue, IssuedInvoice, write_invoices
from models.job_progress import ItemError, JobState
from models.job_status import JobStatus
from models.order_invoicing import Refusal, draft_orders
from models.order_source import load_orders, load_seller


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did: the job's new state, and the orders that failed in it."""

    state: JobState
    invoices: Sequence[IssuedInvoice]
    errors: Sequence[ItemError]


class JobNotStarted(Exception):
    """The job is still pending: `start_job` comes first."""


class JobNotRunning(Exception):
    """The job was cancelled or reset while its group was at work; the group is rolled back."""


_LOCK_ITEMS = text(
    """
    SELECT order_id FROM batch_job_items
    WHERE job_id = :job_id AND order_id = ANY(:ids) AND status = 'pending'
    ORDER BY order_id FOR UPDATE SKIP LOCKED
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

# The join is by the items' primary key, whatever the planner believes of the arrays' size.
_SUCCEED_ITEMS = text(
    """
    UPDATE batch_job_items i
    SET status = 'succeeded', invoice_id = u.invoice_id, attempts = attempts + 1, ended_at = now()
    FROM unnest(:order_ids, :invoice_ids) AS u (order_id, invoice_id)
    WHERE i.job_id = :job_id AND i.order_id = u.order_id
    """
).bindparams(
    bindparam("order_ids", type_=ARRAY(BigInteger)),
    bindparam("invoice_ids", type_=ARRAY(BigInteger)),
)
_FAIL_ITEMS = text(
    """
    UPDATE batch_job_items i
    SET status = 'failed', attempts = attempts + 1, ended_at = now(), error_code = u.code,
        error_message = u.message, error_field = u.field, error_remedy = u.remedy
    FROM unnest(:order_ids, :codes, :messages, :fields, :remedies)
         AS u (order_id, code, message, field, remedy)
    WHERE i.job_id = :job_id AND i.order_id = u.order_id
    """
).bindparams(
    bindparam("order_ids", type_=ARRAY(BigInteger)),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("codes", "messages", "fields", "remedies")),
)


@lru_cache(maxsize=4096)
def organization_of(job_id: uuid.UUID) -> int:
    """Whose job it is; raises `sqlalchemy.exc.NoResultFound` for a job that does not exist."""
    with crossing_transaction("sweep") as session:
        return session.scalars(select(BatchJob.organization_id).where(BatchJob.id == job_id)).one()


def start_job(organization_id: int, job_id: uuid.UUID) -> JobState | None:
    """Marks a pending job as processing; None when it was not pending."""
    with org_transaction(organization_id) as session:
        return job_transitions.start(session, job_id)


def run_items(
    organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Committed | None:
    """Ends the items of `order_ids` that are still open, all in one commit.

    None when nothing was left to do: delivered before, being done elsewhere, or the job is over.
    Raises `JobNotStarted`, and database errors as they come; nothing is written then.
    """
    try:
        with org_transaction(organization_id) as session:
            return _run(session, organization_id, job_id, order_ids)
    except JobNotRunning:
        return None


def fail_item(organization_id: int, job_id: uuid.UUID, error: ItemError) -> Committed | None:
    """Ends one open item as failed, for a reason that lies outside the rules of invoicing."""
    try:
        with org_transaction(organization_id) as session:
            if not _lock_items(session, job_id, [error.order_id]):
                return None
            return _record(session, job_id, [], [error])
    except JobNotRunning:
        return None


def _run(
    session: Session, organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Committed | None:
    job = session.get(BatchJob, job_id)
    if job is not None and job.status == JobStatus.PENDING:
        raise JobNotStarted
    if job is None or job.status != JobStatus.PROCESSING:
        return None
    open_ids = _lock_items(session, job_id, order_ids)
    if not open_ids:
        return None
    orders = load_orders(session, open_ids, lock=True)
    drafts, refusals = draft_orders(orders.values(), load_seller(session, organization_id))
    invoices = write_invoices(session, Issue(organization_id, job.created_by, job_id), drafts)
    return _record(session, job_id, invoices, [_item_error(refusal) for refusal in refusals])


def _lock_items(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> list[int]:
    return list(session.scalars(_LOCK_ITEMS, {"job_id": job_id, "ids": list(order_ids)}))


def _record(
    session: Session,
    job_id: uuid.UUID,
    invoices: Sequence[IssuedInvoice],
    errors: Sequence[ItemError],
) -> Committed:
    if invoices:
        session.execute(
            _SUCCEED_ITEMS,
            {
                "job_id": job_id,
                "order_ids": [invoice.order_id for invoice in invoices],
                "invoice_ids": [invoice.id for invoice in invoices],
            },
        )
    if errors:
        session.execute(
            _FAIL_ITEMS,
            {
                "job_id": job_id,
                "order_ids": [error.order_id for error in errors],
                "codes": [error.code for error in errors],
                "messages": [error.message for error in errors],
                "fields": [error.field for error in errors],
                "remedies": [error.remedy for error in errors],
            },
        )
    state = job_transitions.record(session, job_id, succeeded=len(invoices), errors=errors)
    if state is None:
        raise JobNotRunning
    return Committed(state, invoices, errors)


def _item_error(refusal: Refusal) -> ItemError:
    order, first = refusal.order, refusal.violations[0]
    return ItemError(
        order.id, order.order_number, first.code, first.message, first.field, first.remedy
    )
