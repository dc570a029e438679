"""What happened outside of a job to the orders that it left without an invoice.

An order that failed in a job may be corrected and then invoiced on its own page or by another job,
or it may be cancelled. The item records what happened in the job; this reads from the order what
has happened since.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.id_arrays import any_of
from models.tables.invoice import Invoice
from models.tables.order import Order

INVOICED: Final = "invoiced"
CANCELLED: Final = "cancelled"
# Orders with these statuses are done: there is nothing to correct and nothing to retry.
CLOSED: Final = (INVOICED, CANCELLED)
# The error codes of orders that were closed before the job reached them.
CLOSED_BEFORE: Final = frozenset({"already_invoiced", "order_cancelled"})


@dataclass(frozen=True, slots=True)
class OutcomeElsewhere:
    """The order's status, `invoiced` or `cancelled`, and its invoice if there is one."""

    status: str
    invoice_id: int | None = None
    invoice_number: str | None = None


def outcomes_elsewhere(session: Session, order_ids: Collection[int]) -> dict[int, OutcomeElsewhere]:
    """The orders that are invoiced or cancelled; none of them may be one that the job invoiced."""
    if not order_ids:
        return {}
    ids = any_of(sorted(order_ids))
    rows = session.execute(
        select(Order.id, Order.status, Invoice.id, Invoice.number)
        .outerjoin(Invoice, Invoice.order_id == Order.id)
        .where(Order.id == ids, Order.status.in_(CLOSED))
    )
    return {
        order_id: OutcomeElsewhere(status, invoice_id, number)
        for order_id, status, invoice_id, number in rows
    }
