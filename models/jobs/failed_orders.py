"""The orders of a batch job that failed: grouped by reason, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import org_transaction, set_locally
from models.jobs.item_search import list_items
from models.jobs.outcome_elsewhere import (
    CANCELLED,
    CLOSED,
    CLOSED_BEFORE,
    INVOICED,
    OutcomeElsewhere,
    outcomes_elsewhere,
)
from models.jobs.search import get_job
from models.jobs.status import ItemStatus
from models.planner import LOOKUPS
from models.tables.batch_job import BatchJobItem
from models.tables.customer import Customer
from models.tables.order import Order

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many orders of a job failed for one reason, and one of them as an example.

    The message and remedy are those of the example, and may mention its lines. Some orders may have
    been invoiced or cancelled outside of the job since; the example is the first that was not, or
    the first of all.
    """

    code: str
    count: int
    message: str
    remedy: str
    order_id: int
    order_number: str
    invoiced_elsewhere: int = 0
    cancelled_elsewhere: int = 0

    @property
    def closed_since(self) -> Mapping[str, int]:
        """How many orders were invoiced or cancelled since; empty if the reason says so already."""
        counts = {INVOICED: self.invoiced_elsewhere, CANCELLED: self.cancelled_elsewhere}
        known = self.code in CLOSED_BEFORE
        return {} if known else {status: count for status, count in counts.items() if count}

    @property
    def open(self) -> int:
        """How many of the orders are still to be corrected."""
        return self.count - self.invoiced_elsewhere - self.cancelled_elsewhere


@dataclass(frozen=True, slots=True)
class FailedOrder:
    """An order that got no invoice from the job, with the reason, its customer's number and
    its buyer's name.

    `elsewhere` is the status of an order that was `invoiced` or `cancelled` outside of the job,
    with the invoice's number; both are empty if the order is still to be corrected.
    """

    order_number: str
    code: str
    message: str
    field: str
    remedy: str
    customer_number: str
    customer_name: str
    elsewhere: str = ""
    invoice_number: str = ""


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Why orders failed, with the numbers of the first few."""

    group: FailureCount
    first_orders: tuple[str, ...]


def failures_by_code(session: Session, job_id: UUID) -> tuple[FailureCount, ...]:
    """The reasons why orders failed, the most frequent first."""
    failed = (BatchJobItem.job_id == job_id, BatchJobItem.status == ItemStatus.FAILED)
    first = func.min(BatchJobItem.position)
    groups = (
        select(
            func.count().label("failed"),
            func.count().filter(Order.status == INVOICED).label("invoiced"),
            func.count().filter(Order.status == CANCELLED).label("cancelled"),
            func.coalesce(first.filter(Order.status.not_in(CLOSED)), first).label("first"),
        )
        .select_from(BatchJobItem)
        .join(Order, Order.id == BatchJobItem.order_id)
        .where(*failed)
        .group_by(BatchJobItem.error_code)
        .subquery()
    )
    rows = session.execute(
        select(
            BatchJobItem.error_code,
            groups.c.failed,
            BatchJobItem.error_message,
            BatchJobItem.error_remedy,
            BatchJobItem.order_id,
            Order.order_number,
            groups.c.invoiced,
            groups.c.cancelled,
        )
        .select_from(BatchJobItem)
        .join(groups, groups.c.first == BatchJobItem.position)
        .join(Order, Order.id == BatchJobItem.order_id)
        .where(*failed)
        .order_by(groups.c.failed.desc(), BatchJobItem.error_code)
    )
    return tuple(
        FailureCount(code or "", count, message or "", remedy or "", *others)
        for code, count, message, remedy, *others in rows
    )


def failure_reasons(session: Session, job_id: UUID, *, named: int = 5) -> tuple[FailureReason, ...]:
    """Why orders of the job failed, the most frequent reason first; raises `NotFound`."""
    reasons = []
    for group in failures_by_code(session, job_id):
        page = list_items(session, job_id, error_code=group.code, limit=named)
        reasons.append(FailureReason(group, tuple(item.order_number for item in page.items)))
    return tuple(reasons)


def failed_orders(
    organization_id: int, job_id: UUID, *, code: str | None = None
) -> Iterator[FailedOrder]:
    """Every failed order of the job, or those of one error code, in the job's order.

    Raises `NotFound` at once. No transaction is open between two chunks, so a slow reader holds
    none. An order that is retried meanwhile may be missing, or appear again at the end.
    """
    with org_transaction(organization_id) as session:
        get_job(session, job_id)
        first = _chunk(session, job_id, code, after=0)
    return _all(organization_id, job_id, code, first)


def _all(
    organization_id: int, job_id: UUID, code: str | None, chunk: Sequence[tuple[int, FailedOrder]]
) -> Iterator[FailedOrder]:
    while chunk:
        yield from (failed for _position, failed in chunk)
        if len(chunk) < _CHUNK:
            return
        last, _failed = chunk[-1]
        with org_transaction(organization_id) as session:
            chunk = _chunk(session, job_id, code, after=last)


def _chunk(
    session: Session, job_id: UUID, code: str | None, *, after: int
) -> list[tuple[int, FailedOrder]]:
    """The failed orders that come next in the job, each with its position."""
    set_locally(session, LOOKUPS)
    reason = (
        BatchJobItem.error_code,
        BatchJobItem.error_message,
        BatchJobItem.error_field,
        BatchJobItem.error_remedy,
    )
    listed = (
        select(
            BatchJobItem.position,
            Order.id,
            Order.order_number,
            *(func.coalesce(column, "") for column in reason),
            Customer.customer_number,
            Order.buyer_name,
        )
        .join(Order, Order.id == BatchJobItem.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            BatchJobItem.job_id == job_id,
            BatchJobItem.status == ItemStatus.FAILED,
            BatchJobItem.position > after,
        )
    )
    if code is not None:
        listed = listed.where(BatchJobItem.error_code == code)
    rows: Sequence[Any] = session.execute(
        listed.order_by(BatchJobItem.position).limit(_CHUNK)
    ).all()
    elsewhere = outcomes_elsewhere(session, [row.id for row in rows])
    return [
        (position, replace(FailedOrder(*cells), **_cells(elsewhere.get(order_id))))
        for position, order_id, *cells in rows
    ]


def _cells(closed: OutcomeElsewhere | None) -> dict[str, str]:
    if closed is None:
        return {}
    return {"elsewhere": closed.status, "invoice_number": closed.invoice_number or ""}
