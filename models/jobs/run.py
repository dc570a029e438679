"""Works off items of a job: validate, draft, number, write and count in one transaction."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from models.database import crossing_transaction, org_transaction
from models.invoices.issuing import Refusal, draft_orders
from models.invoices.writer import TODAY, Issue, IssuedInvoice, write_invoices
from models.jobs import items, transitions
from models.jobs.state import STATE_COLUMNS, ItemError, JobState
from models.jobs.status import RUNNABLE, JobStatus
from models.orders.source import load_orders, load_seller
from models.planner import group_transaction
from models.tables.batch_job import BatchJob


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
    """What one commit did: the job's new state, the orders that failed in it, whom to send next."""

    state: JobState
    invoices: Sequence[IssuedInvoice]
    errors: Sequence[ItemError]
    next_orders: Sequence[int]


_JOBS = BatchJob.__table__.c
_JOB = select(*STATE_COLUMNS, _JOBS.created_by, TODAY.label("today")).where(
    _JOBS.id == bindparam("job_id")
)
_STATUS = select(_JOBS.status).where(_JOBS.id == bindparam("job_id"))

# How many messages are to follow as many as ended, given the job and its window before.
ToSend = Callable[[uuid.UUID, int, int], int]


def one_for_one(_job_id: uuid.UUID, _window_size: int, ended: int) -> int:
    """A window that keeps its size."""
    return ended


class JobNotRunning(Exception):
    """The job was cancelled, paused or reset before its group's commit; nothing is written."""


# A job's first messages reach all threads at once: one of them asks.
_asking = threading.Lock()


def organization_of(job_id: uuid.UUID) -> int:
    """Whose job it is; raises `sqlalchemy.exc.NoResultFound` for a job that does not exist."""
    with _asking:
        return _organization_of(job_id)


@lru_cache(maxsize=4096)
def _organization_of(job_id: uuid.UUID) -> int:
    with crossing_transaction("sweep") as session:
        return session.scalars(select(BatchJob.organization_id).where(BatchJob.id == job_id)).one()


def take_up(organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]) -> TakenUp:
    """Finds out which of the orders are to be worked on, and counts the first attempts.

    Committed before the work begins: an order that kills its worker is remembered. Messages for
    orders that have ended are counted as duplicates. Raises `sqlalchemy.exc.NoResultFound` for a
    job that was deleted.
    """
    with group_transaction(organization_id) as session:
        fresh = items.begin_fresh(session, job_id, order_ids)
        if len(fresh) == len(order_ids):
            return TakenUp(fresh)
        status = _status(session, job_id)
        if status is None:
            raise NoResultFound(f"job {job_id} was deleted")
        started = transitions.start(session, job_id) if status == JobStatus.PENDING else None
        if status in RUNNABLE:
            # The job may have been started, by us or by others, since the orders were looked at.
            fresh += items.begin_fresh(session, job_id, sorted(set(order_ids) - set(fresh)))
        open_items = _count_duplicates(session, job_id, set(order_ids) - set(fresh))
        if not fresh and status not in RUNNABLE:
            return TakenUp()
        # One that nobody tried yet is just being taken up elsewhere.
        repeated = [order_id for order_id, attempts in open_items.items() if attempts]
        return TakenUp(fresh, repeated, started)


def _count_duplicates(
    session: Session, job_id: uuid.UUID, order_ids: Collection[int]
) -> dict[int, int]:
    """Counts messages for orders that have ended; the attempts on each of those that have not."""
    open_items = items.open_items(session, job_id, order_ids)
    ended = set(order_ids) - open_items.keys()
    if ended:
        items.count_duplicates(session, job_id, ended)
    return open_items


def count_attempt(organization_id: int, job_id: uuid.UUID, order_id: int) -> int:
    """Counts one more attempt on an open order; 0 when it has ended or is being worked on."""
    with group_transaction(organization_id) as session:
        return items.count_attempt(session, job_id, order_id)


def give_back(organization_id: int, job_id: uuid.UUID, order_ids: Collection[int]) -> None:
    """Takes back the attempts on open orders that no fault of theirs ended."""
    with group_transaction(organization_id) as session:
        items.uncount_attempt(session, job_id, order_ids)


def goes_on(organization_id: int, job_id: uuid.UUID) -> bool:
    """Whether the job's orders are worked on, or are about to be."""
    with org_transaction(organization_id) as session:
        return _status(session, job_id) in RUNNABLE


def run_items(
    organization_id: int,
    job_id: uuid.UUID,
    order_ids: Sequence[int],
    to_send: ToSend = one_for_one,
) -> Committed | None:
    """Ends the items of `order_ids` that are still open, all in one commit.

    None when nothing was left to do: ended before, or being done elsewhere. Raises database errors
    as they come, and `JobNotRunning`; nothing is written then, and whoever counted the attempts
    gives them back unless the order is at fault.
    """
    with group_transaction(organization_id) as session:
        return _run(session, organization_id, job_id, order_ids, to_send)


def fail_item(
    organization_id: int, job_id: uuid.UUID, error: ItemError, to_send: ToSend = one_for_one
) -> Committed | None:
    """Ends one open item as failed, for a reason that lies outside the rules of invoicing."""
    try:
        with group_transaction(organization_id) as session:
            if not items.lock_open_items(session, job_id, [error.order_id]):
                return None
            return _record(session, _running(session, job_id), [], [error], to_send)
    except JobNotRunning:
        return None


def _status(session: Session, job_id: uuid.UUID) -> str | None:
    return session.scalar(_STATUS, {"job_id": job_id})


def _running(session: Session, job_id: uuid.UUID) -> Row[*tuple[Any, ...]]:
    """The job's state, who asked for it, and which day it is."""
    job = session.execute(_JOB, {"job_id": job_id}).one_or_none()
    if job is None or job.status != JobStatus.PROCESSING:
        raise JobNotRunning
    return job


def _run(
    session: Session,
    organization_id: int,
    job_id: uuid.UUID,
    order_ids: Sequence[int],
    to_send: ToSend,
) -> Committed | None:
    job = _running(session, job_id)
    open_ids = items.lock_open_items(session, job_id, order_ids)
    if not open_ids:
        return None
    orders = load_orders(session, open_ids, lock=True)
    drafts, refusals = draft_orders(orders.values(), load_seller(session, organization_id))
    issue = Issue(organization_id, job.created_by, job.today, job_id)
    invoices = write_invoices(session, issue, drafts)
    errors = [_item_error(refusal) for refusal in refusals]
    return _record(session, job, invoices, errors, to_send)


def _record(
    session: Session,
    job: Row[*tuple[Any, ...]],
    invoices: Sequence[IssuedInvoice],
    errors: Sequence[ItemError],
    to_send: ToSend,
) -> Committed:
    items.succeed_items(session, job.id, invoices)
    items.fail_items(session, job.id, errors)
    # Of two groups that end at once, the second must see the window that the first leaves: else
    # each would leave it to the other to send what comes next.
    window_size = transitions.lock_window(session, job.id)
    if window_size is None:
        raise JobNotRunning
    count = to_send(job.id, window_size, len(invoices) + len(errors))
    state = transitions.record(
        session, job.id, succeeded=len(invoices), errors=errors, to_send=count
    )
    if state is None:
        raise JobNotRunning
    sent = state.sent_position
    following = items.open_between(session, job.id, sent - count, sent) if count else []
    return Committed(state, invoices, errors, following)


def _item_error(refusal: Refusal) -> ItemError:
    return ItemError(refusal.order.id, refusal.order.order_number, refusal.findings[0])
