"""Works off items of a job: validate, draft, number, write and count in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from models import job_items, job_transitions
from models.batch_job import BatchJob
from models.database import crossing_transaction, org_transaction
from models.invoice_writer import Issue, IssuedInvoice, write_invoices
from models.job_progress import ItemError, JobState
from models.job_status import JobStatus
from models.order_invoicing import Refusal, draft_orders
from models.order_source import load_orders, load_seller


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What there is to do for some messages.

    `fresh` orders are tried for the first time, and that is counted already. `repeated` ones were
    tried before and did not end: whoever tries them again counts that first. `started` is the
    job's state if this was its first message.
    """

    fresh: Sequence[int] = ()
    repeated: Sequence[int] = ()
    started: JobState | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did: the job's new state, and the orders that failed in it."""

    state: JobState
    invoices: Sequence[IssuedInvoice]
    errors: Sequence[ItemError]


class JobNotRunning(Exception):
    """The job was cancelled, paused or reset before its group's commit; nothing is written."""


@lru_cache(maxsize=4096)
def organization_of(job_id: uuid.UUID) -> int:
    """Whose job it is; raises `sqlalchemy.exc.NoResultFound` for a job that does not exist."""
    with crossing_transaction("sweep") as session:
        return session.scalars(select(BatchJob.organization_id).where(BatchJob.id == job_id)).one()


def take_up(organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]) -> TakenUp:
    """Finds out which of the orders are to be worked on, and counts the first attempts.

    Committed before the work begins: an order that kills its worker is remembered. Messages for
    orders that have ended are counted as duplicates. Raises `sqlalchemy.exc.NoResultFound` for a
    job that was deleted.
    """
    with _items_transaction(organization_id) as session:
        started = None
        status = _status(session, job_id)
        if status is None:
            raise NoResultFound(f"job {job_id} was deleted")
        if status == JobStatus.PENDING:
            started = job_transitions.start(session, job_id)
        known = job_items.open_items(session, job_id, order_ids)
        ended = [order_id for order_id in order_ids if order_id not in known]
        if ended:
            job_items.count_duplicates(session, job_id, ended)
        if _status(session, job_id) != JobStatus.PROCESSING:
            return TakenUp()
        fresh = [order_id for order_id, attempts in known.items() if attempts == 0]
        counted = job_items.count_attempt(session, job_id, fresh) if fresh else {}
        repeated = [order_id for order_id in known if order_id not in fresh]
        return TakenUp(list(counted), repeated, started)


def count_attempt(organization_id: int, job_id: uuid.UUID, order_id: int) -> int:
    """Counts one more attempt on an open order; 0 when it has ended or is being worked on."""
    with _items_transaction(organization_id) as session:
        return job_items.count_attempt(session, job_id, [order_id]).get(order_id, 0)


def run_items(
    organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Committed | None:
    """Ends the items of `order_ids` that are still open, all in one commit.

    None when nothing was left to do: ended before, being done elsewhere, or the job is not
    processing. Raises database errors as they come; nothing is written then.
    """
    try:
        with _items_transaction(organization_id) as session:
            return _run(session, organization_id, job_id, order_ids)
    except JobNotRunning:
        with _items_transaction(organization_id) as session:
            job_items.uncount_attempt(session, job_id, order_ids)
        return None


def fail_item(organization_id: int, job_id: uuid.UUID, error: ItemError) -> Committed | None:
    """Ends one open item as failed, for a reason that lies outside the rules of invoicing."""
    try:
        with _items_transaction(organization_id) as session:
            if not job_items.lock_open_items(session, job_id, [error.order_id]):
                return None
            return _record(session, job_id, [], [error])
    except JobNotRunning:
        return None


@contextmanager
def _items_transaction(organization_id: int) -> Iterator[Session]:
    with org_transaction(organization_id) as session:
        job_items.by_index(session)
        yield session


def _status(session: Session, job_id: uuid.UUID) -> str | None:
    return session.scalar(select(BatchJob.status).where(BatchJob.id == job_id))


def _run(
    session: Session, organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Committed | None:
    job = session.get(BatchJob, job_id)
    if job is None or job.status != JobStatus.PROCESSING:
        raise JobNotRunning
    open_ids = job_items.lock_open_items(session, job_id, order_ids)
    if not open_ids:
        return None
    orders = load_orders(session, open_ids, lock=True)
    drafts, refusals = draft_orders(orders.values(), load_seller(session, organization_id))
    invoices = write_invoices(session, Issue(organization_id, job.created_by, job_id), drafts)
    return _record(session, job_id, invoices, [_item_error(refusal) for refusal in refusals])


def _record(
    session: Session,
    job_id: uuid.UUID,
    invoices: Sequence[IssuedInvoice],
    errors: Sequence[ItemError],
) -> Committed:
    job_items.succeed_items(session, job_id, invoices)
    job_items.fail_items(session, job_id, errors)
    state = job_transitions.record(session, job_id, succeeded=len(invoices), errors=errors)
    if state is None:
        raise JobNotRunning
    return Committed(state, invoices, errors)


def _item_error(refusal: Refusal) -> ItemError:
    order, first = refusal.order, refusal.violations[0]
    return ItemError(
        order.id, order.order_number, first.code, first.message, first.field, first.remedy
    )
