"""Ends items of a job: load, validate, draft, number, write and count in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.invoices.drafting import Refusal, draft_orders
from models.invoices.numbers_and_dates import TODAY
from models.invoices.writer import Issue, IssuedInvoice, write_invoices
from models.invoicing.finding import Finding
from models.jobs import items, status_updates
from models.jobs.published_state import STATE_COLUMNS, ItemError, JobState, job_status
from models.jobs.refill import Window
from models.jobs.status import RUNNABLE, JobStatus
from models.orders.loading import load_orders, load_seller
from models.planner import group_transaction
from models.tables.batch_job import BatchJob
from models.tables.order import Order


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did: the new state, invoices and errors, and the orders to send next."""

    state: JobState
    invoices: Sequence[IssuedInvoice]
    errors: Sequence[ItemError]
    next_orders: Sequence[int]


_JOBS = BatchJob.__table__.c
_JOB = select(*STATE_COLUMNS, _JOBS.created_by, TODAY.label("today")).where(
    _JOBS.id == bindparam("job_id")
)


class JobNotRunning(Exception):
    """The job was cancelled, paused or reset before its group's commit; nothing is written."""


def is_runnable(organization_id: int, job_id: uuid.UUID) -> bool:
    """Whether the job's status allows work on its orders."""
    with org_transaction(organization_id) as session:
        return job_status(session, job_id) in RUNNABLE


def run_items(
    organization_id: int,
    job_id: uuid.UUID,
    order_ids: Sequence[int],
    window: Window,
) -> Committed | None:
    """Ends the items of `order_ids` that are still open, all in one commit.

    None when nothing was left to do: the orders have ended, or another worker has them. Raises
    database errors unchanged, and `JobNotRunning`; nothing is written then, and the caller releases
    its claim unless the order is at fault.
    """
    with group_transaction(organization_id) as session:
        job = _running(session, job_id)
        open_ids = items.lock_open_items(session, job_id, order_ids)
        if not open_ids:
            return None
        orders = load_orders(session, open_ids, lock=True)
        seller = load_seller(session, organization_id)
        drafts, refusals = draft_orders(orders.values(), seller, job.today)
        issue = Issue(organization_id, job.created_by, job.today, job_id)
        invoices = write_invoices(session, issue, drafts)
        errors = [_item_error(refusal) for refusal in refusals]
        return _record(session, job, invoices, errors, window)


def fail_item(
    organization_id: int,
    job_id: uuid.UUID,
    order_id: int,
    finding: Finding,
    window: Window,
) -> Committed | None:
    """Ends one open item as failed, for a reason other than a rule of invoicing."""
    named = select(Order.order_number).where(Order.id == order_id)
    try:
        with group_transaction(organization_id) as session:
            if not items.lock_open_items(session, job_id, [order_id]):
                return None
            error = ItemError(order_id, session.scalar(named) or "", finding)
            return _record(session, _running(session, job_id), [], [error], window)
    except JobNotRunning:
        return None


def _running(session: Session, job_id: uuid.UUID) -> Row[*tuple[Any, ...]]:
    """The job's state, its author and today's date; raises `JobNotRunning`."""
    job = session.execute(_JOB, {"job_id": job_id}).one_or_none()
    if job is None or job.status != JobStatus.PROCESSING:
        raise JobNotRunning
    return job


def _record(
    session: Session,
    job: Row[*tuple[Any, ...]],
    invoices: Sequence[IssuedInvoice],
    errors: Sequence[ItemError],
    window: Window,
) -> Committed:
    items.succeed_items(session, job.id, invoices)
    items.fail_items(session, job.id, errors)
    # If two groups commit at once, the second must see the window that the first leaves. Otherwise
    # each would rely on the other to send the next messages.
    window_size = status_updates.lock_window(session, job.id)
    if window_size is None:
        raise JobNotRunning
    count = window.to_send(window_size, len(invoices) + len(errors))
    state = status_updates.record(
        session, job.id, succeeded=len(invoices), errors=errors, to_send=count
    )
    if state is None:
        raise JobNotRunning
    return Committed(state, invoices, errors, items.last_sent(session, state, count))


def _item_error(refusal: Refusal) -> ItemError:
    return ItemError(refusal.order.id, refusal.order.order_number, refusal.findings[0])
