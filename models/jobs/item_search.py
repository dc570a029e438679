"""How each order of a batch job ended: a job's items in pages, and its latest failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, select, union_all
from sqlalchemy.orm import Session, aliased

from models.database import set_locally
from models.id_arrays import any_of
from models.invoicing.finding import Finding
from models.jobs.mended import FIELD_OF_WORK, present_stamp
from models.jobs.outcome_elsewhere import CLOSED_BEFORE, OutcomeElsewhere, outcomes_elsewhere
from models.jobs.search import get_job
from models.jobs.status import ItemStatus
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.planner import PAGES
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from models.tables.order import Order

_ORDER = aliased(Order, name="o")


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One order of a job with its outcome: an error if it failed, an invoice if it succeeded.

    `elsewhere` is what happened outside of the job to an order that the job did not invoice;
    `mended` means that an order which failed by a rule could be invoiced now.
    """

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
    mended: bool

    @property
    def closed_since(self) -> OutcomeElsewhere | None:
        """`elsewhere`, or None if the reason for the failure says so already."""
        known = self.error is not None and self.error.code in CLOSED_BEFORE
        return None if known else self.elsewhere


def list_items(
    session: Session,
    job_id: UUID,
    *,
    status: str | None = None,
    error_code: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FoundItem]:
    """The next page of a job's items, in the job's order; raises `NotFound`.

    With `error_code`, only orders that failed with it.
    """
    get_job(session, job_id)
    set_locally(session, PAGES)
    beyond = 0 if after is None else decode_cursor(after, int)[0]
    possible = list(ItemStatus) if error_code is None else [ItemStatus.FAILED]
    statuses = [each for each in possible if status in (None, each)]
    if not statuses:
        return Page((), None)
    # The index orders the items of each status by position: read each status' part, then merge.
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
    """The latest failed orders that were not closed elsewhere, the latest first.

    Looks at the last `limit` failures only.
    """
    listed = (
        select(BatchJobItem)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status == ItemStatus.FAILED)
        .order_by(BatchJobItem.position.desc())
        .limit(checked_limit(limit))
    )
    found = _with_numbers(session, session.scalars(listed).all())
    return tuple(item for item in found if item.elsewhere is None)


def _order_is_invoiceable(session: Session, items: Sequence[BatchJobItem]) -> ColumnElement[bool]:
    if not any(map(_failed_by_a_rule, items)):
        return false()
    stamp = present_stamp(session, items[0].organization_id)
    return and_(
        _ORDER.status == "confirmed",
        _ORDER.attention_code.is_(None),
        _ORDER.attention_stamp == stamp,
    )


def _with_numbers(session: Session, items: Sequence[BatchJobItem]) -> tuple[FoundItem, ...]:
    """The items with the numbers of their orders and invoices, and what happened elsewhere."""
    order_ids = any_of([item.order_id for item in items])
    named = select(_ORDER.id, _ORDER.order_number, _order_is_invoiceable(session, items)).where(
        _ORDER.id == order_ids
    )
    orders = {order_id: (number, ready) for order_id, number, ready in session.execute(named)}
    issued = any_of([item.invoice_id for item in items if item.invoice_id is not None])
    numbered = select(Invoice.id, Invoice.number).where(Invoice.id == issued)
    invoices = dict(session.execute(numbered).all())
    left = [item.order_id for item in items if item.invoice_id is None]
    elsewhere = outcomes_elsewhere(session, left)
    return tuple(
        FoundItem(
            item.order_id,
            orders[item.order_id][0],
            item.position,
            item.status,
            item.attempts,
            _error(item),
            item.invoice_id,
            invoices.get(item.invoice_id) if item.invoice_id is not None else None,
            item.ended_at,
            elsewhere.get(item.order_id),
            orders[item.order_id][1] and _failed_by_a_rule(item),
        )
        for item in items
    )


def _failed_by_a_rule(item: BatchJobItem) -> bool:
    return item.status == ItemStatus.FAILED and item.error_field != FIELD_OF_WORK


def _error(item: BatchJobItem) -> Finding | None:
    if item.error_code is None:
        return None
    return Finding(
        item.error_code,
        item.error_message or "",
        item.error_field or "",
        item.error_remedy or "",
    )
