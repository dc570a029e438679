"""Batch jobs, and how each of their orders ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import BigInteger, Select, any_, bindparam, func, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from models.accounts.users import user_emails
from models.database import crossing_transaction, org_transaction, set_locally
from models.errors import NotFound
from models.id_arrays import any_of
from models.invoicing.finding import Finding
from models.jobs.outcome_elsewhere import SAYS_IT, OutcomeElsewhere, outcomes_elsewhere
from models.jobs.status import ACTIVE, ItemStatus
from models.lists.listing import count_rows
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.planner import PAGES
from models.tables.batch_job import BatchJob, BatchJobItem
from models.tables.invoice import Invoice
from models.tables.order import Order
from models.tables.organization import Organization

# Said again, for the indexes: jobs are shown to the sweep as well, and with that alternative
# row-level security's own condition reaches none of them.
_CURRENT = func.current_setting("billmill.organization_id").cast(BigInteger)
_OWN = BatchJob.organization_id == select(_CURRENT).scalar_subquery()


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One order of a job with its outcome; `error` only where it failed, the invoice only where
    it succeeded. `elsewhere` is what closed an order without an invoice of this job."""

    order_id: int
    order_number: str
    position: int
    status: str
    attempts: int
    error: Finding | None
    invoice_id: int | None
    invoice_number: str | None
    ended_at: datetime | None
    elsewhere: OutcomeElsewhere | None

    @property
    def news(self) -> OutcomeElsewhere | None:
        """What closed the order elsewhere, unless the reason of the failure says as much."""
        known = self.error is not None and self.error.code in SAYS_IT
        return None if known else self.elsewhere


def list_jobs(
    session: Session, *, status: str | None = None, after: str | None = None, limit: int = 50
) -> Page[BatchJob]:
    """The next page of jobs, newest first."""
    set_locally(session, PAGES)
    listed = select(BatchJob).where(_OWN)
    if status is not None:
        listed = listed.where(BatchJob.status == status)
    if after is not None:
        position = decode_cursor(after, datetime, UUID)
        listed = listed.where(tuple_(BatchJob.created_at, BatchJob.id) < tuple_(*position))
    listed = listed.order_by(BatchJob.created_at.desc(), BatchJob.id.desc())
    rows = session.scalars(listed.limit(checked_limit(limit) + 1)).all()
    return make_page(rows, limit, attrgetter("created_at", "id"))


def count_jobs(session: Session, *, status: str | None = None, at_most: int | None = None) -> int:
    """How many jobs `list_jobs` finds in all; counts no further than `at_most`."""
    set_locally(session, PAGES)
    listed = select(BatchJob.id).where(_OWN)
    if status is not None:
        listed = listed.where(BatchJob.status == status)
    return session.scalars(count_rows([listed], at_most=at_most)).one()


def current_jobs(session: Session, *, ended_after: datetime, limit: int = 10) -> list[BatchJob]:
    """Jobs that run or wait, and those that ended after a point in time; newest first.

    Of each kind the newest `limit` are considered.
    """
    set_locally(session, PAGES)
    newest = select(BatchJob.id).where(_OWN).order_by(BatchJob.created_at.desc()).limit(limit)
    recent = select(BatchJob.id).where(_OWN).order_by(BatchJob.completed_at.desc()).limit(limit)
    found = union_all(
        *(select(newest.where(BatchJob.status == status).subquery()) for status in ACTIVE),
        select(recent.where(BatchJob.completed_at > ended_after).subquery()),
    )
    ids = bindparam(None, list(session.scalars(found)), type_=ARRAY(Uuid))
    listed = select(BatchJob).where(BatchJob.id == any_(ids))
    return list(session.scalars(listed.order_by(BatchJob.created_at.desc()).limit(limit)))


def get_job(session: Session, job_id: UUID) -> BatchJob:
    """Raises `NotFound` when there is none, or it is another organisation's."""
    job = session.get(BatchJob, job_id, populate_existing=True)
    if job is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return job


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job, and the e-mail address of who asked for it; None if they left the organisation."""

    job: BatchJob
    created_by: str | None


def find_job(session: Session, job_id: UUID) -> FoundJob:
    """Raises `NotFound`."""
    job = get_job(session, job_id)
    return FoundJob(job, user_emails(session, [job.created_by]).get(job.created_by))


def organization_of_job(job_id: UUID) -> int:
    """The id of the organisation whose job it is; raises `NotFound`."""
    with crossing_transaction("sweep") as session:
        found = session.scalar(select(BatchJob.organization_id).where(BatchJob.id == job_id))
    if found is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return found


def latest_jobs(
    organization_id: int | None, *, status: str | None = None, limit: int = 20
) -> list[tuple[str, FoundJob]]:
    """The latest jobs of one organisation or of all, newest first, each with the slug.

    Each job is read in its own organisation's transaction: only its id crosses.
    """
    latest = select(BatchJob.organization_id, BatchJob.id)
    if organization_id is not None:
        latest = latest.where(BatchJob.organization_id == organization_id)
    if status is not None:
        latest = latest.where(BatchJob.status == status)
    latest = latest.order_by(BatchJob.created_at.desc(), BatchJob.id.desc()).limit(limit)
    with crossing_transaction("sweep") as session:
        ids = session.execute(latest).all()
    found = []
    for own_id, job_id in ids:
        with org_transaction(own_id) as session:
            slug = session.scalars(select(Organization.slug)).one()
            found.append((slug, find_job(session, job_id)))
    return found


def list_items(
    session: Session,
    job_id: UUID,
    *,
    status: str | None = None,
    error_code: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FoundItem]:
    """The next page of a job's items in the order of the job; `NotFound` as `get_job`.

    A code that no order failed with finds nothing.
    """
    get_job(session, job_id)
    set_locally(session, PAGES)
    beyond = 0 if after is None else decode_cursor(after, int)[0]
    possible = list(ItemStatus) if error_code is None else [ItemStatus.FAILED]
    statuses = [each for each in possible if status in (None, each)]
    if not statuses:
        return Page((), None)
    # The index has the items of each status in order; the statuses' beginnings are merged.
    parts = [_next_items(job_id, each, beyond, checked_limit(limit) + 1) for each in statuses]
    if error_code is not None:
        parts = [part.where(BatchJobItem.error_code == error_code) for part in parts]
    keys = union_all(*(select(part.subquery()) for part in parts)).subquery()
    listed = select(keys.c.order_id).order_by(keys.c.position).limit(limit + 1)
    theirs = BatchJobItem.order_id == any_of(session.scalars(listed).all())
    found = select(BatchJobItem).where(BatchJobItem.job_id == job_id, theirs)
    rows = session.scalars(found.order_by(BatchJobItem.position)).all()
    page = make_page(rows, limit, lambda item: (item.position,))
    return Page(_with_numbers(session, page.items), page.next_cursor)


def _next_items(job_id: UUID, status: str, beyond: int, limit: int) -> Select[int, int]:
    return (
        select(BatchJobItem.order_id, BatchJobItem.position)
        .where(
            BatchJobItem.job_id == job_id,
            BatchJobItem.status == status,
            BatchJobItem.position > beyond,
        )
        .order_by(BatchJobItem.position)
        .limit(limit)
    )


def latest_failures(session: Session, job_id: UUID, limit: int = 20) -> tuple[FoundItem, ...]:
    """The last items of the job that failed, the last one first, but for those closed elsewhere."""
    listed = (
        select(BatchJobItem)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status == ItemStatus.FAILED)
        .order_by(BatchJobItem.position.desc())
        .limit(checked_limit(limit))
    )
    found = _with_numbers(session, session.scalars(listed).all())
    return tuple(item for item in found if item.elsewhere is None)


def _with_numbers(session: Session, items: Sequence[BatchJobItem]) -> tuple[FoundItem, ...]:
    """The items with the numbers of their orders and invoices, and what closed them elsewhere."""
    order_ids = any_of([item.order_id for item in items])
    named = select(Order.id, Order.order_number).where(Order.id == order_ids)
    orders = dict(session.execute(named).all())
    issued = any_of([item.invoice_id for item in items if item.invoice_id is not None])
    numbered = select(Invoice.id, Invoice.number).where(Invoice.id == issued)
    invoices = dict(session.execute(numbered).all())
    left = [item.order_id for item in items if item.invoice_id is None]
    elsewhere = outcomes_elsewhere(session, left)
    return tuple(
        FoundItem(
            item.order_id,
            orders[item.order_id],
            item.position,
            item.status,
            item.attempts,
            _error(item),
            item.invoice_id,
            invoices.get(item.invoice_id) if item.invoice_id is not None else None,
            item.ended_at,
            elsewhere.get(item.order_id),
        )
        for item in items
    )


def _error(item: BatchJobItem) -> Finding | None:
    if item.error_code is None:
        return None
    return Finding(
        item.error_code,
        item.error_message or "",
        item.error_field or "",
        item.error_remedy or "",
    )
