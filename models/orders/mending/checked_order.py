"""An order with everything that a person needs to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.invoicing.finding import Finding
from models.invoicing.remarks import remarks
from models.invoicing.source import SourceOrder
from models.invoicing.totals import Totals, totals_or_none
from models.jobs.waiting_orders import waiting_in_jobs
from models.lists.paging import MAX_ID
from models.orders.loading import load_orders
from models.orders.rule_book import RuleBook, attention_of, load_rules
from models.tables.invoice import Invoice
from models.tables.order import Order


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    """An order, what prevents its invoice, and the amounts that its invoice has or would have.

    `remarks` are worth a look and prevent nothing.
    `revision` grows with every change. `totals` is None if the amounts cannot be computed.
    `waiting_in_job` is an active job that is to invoice it.
    """

    order: SourceOrder
    revision: int
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    totals: Totals | None
    invoice_id: int | None = None
    waiting_in_job: UUID | None = None

    @property
    def attention(self) -> Finding | None:
        """Why the list of orders shows it as one to be mended."""
        return attention_of(self.order, self.findings)


def read_order(session: Session, organization_id: int, order_id: int) -> CheckedOrder:
    """The order as it is now; raises `NotFound`."""
    order = load_order(session, order_id)
    return checked(session, order, load_rules(session, organization_id))


def load_order(session: Session, order_id: int, *, lock: bool = False) -> SourceOrder:
    """With `lock` it stays as it is until the transaction ends. Raises `NotFound`."""
    found = load_orders(session, [order_id], lock=lock) if 0 < order_id <= MAX_ID else {}
    if order_id not in found:
        raise NotFound(f"There is no order with id {order_id}.")
    return found[order_id]


def checked(session: Session, order: SourceOrder, rules: RuleBook) -> CheckedOrder:
    """The order, as stored or as it would be, with what the rules say about it."""
    revision = session.scalars(select(Order.revision).where(Order.id == order.id)).one()
    invoice_id = None
    if order.invoice_number is not None:
        invoice_id = session.scalar(select(Invoice.id).where(Invoice.order_id == order.id))
    waiting = waiting_in_jobs(session, [order.id])
    return CheckedOrder(
        order,
        revision,
        rules.findings(order),
        remarks(order, rules.seller),
        totals_or_none(order.lines, order.currency),
        invoice_id,
        waiting.get(order.id),
    )
