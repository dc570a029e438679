"""All the orders of a batch job that failed, a few thousand at a time: for files and terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import org_transaction, set_locally
from models.jobs.outcome_elsewhere import OutcomeElsewhere, outcomes_elsewhere
from models.jobs.results import FailureGroup, failures_by_code
from models.jobs.search import get_job, list_items
from models.jobs.status import ItemStatus
from models.planner import ITEMS_IN_ORDER
from models.tables.batch_job import BatchJobItem
from models.tables.customer import Customer
from models.tables.order import Order

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class FailedOrder:
    """An order that got no invoice from the job: why, and what its customer is called.

    `elsewhere` is the status of an order that was `invoiced` or `cancelled` outside of the job,
    with the invoice's number; both are empty where the order is still to be mended.
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
    """Why orders failed, with the numbers of the first of them."""

    group: FailureGroup
    first_orders: tuple[str, ...]


def failure_reasons(session: Session, job_id: UUID, *, named: int = 5) -> tuple[FailureReason, ...]:
    """Why orders of the job failed, the most frequent reason first; `NotFound` as `get_job`."""
    reasons = []
    for group in failures_by_code(session, job_id):
        page = list_items(session, job_id, error_code=group.code, limit=named)
        reasons.append(FailureReason(group, tuple(item.order_number for item in page.items)))
    return tuple(reasons)


def failed_orders(
    organization_id: int, job_id: UUID, *, code: str | None = None
) -> Iterator[FailedOrder]:
    """Every failed order of the job, or those of one error code, in the order of the job.

    Raises `NotFound` at once. Between two thousands no transaction is open, however slowly they
    are read: an order that is retried meanwhile may be missing, or come again at the end.
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
    set_locally(session, ITEMS_IN_ORDER)
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
            Customer.name,
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
