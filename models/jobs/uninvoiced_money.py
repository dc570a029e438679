"""The money of a job's items that have no invoice of the job: what the orders would come to, or
what they came to where they were invoiced outside of the job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.id_arrays import any_of
from models.invoicing.money import EXACT, AmountOutOfRange, UnknownCurrency
from models.invoicing.source import SourceLine
from models.invoicing.totals import Totals, compute_totals
from models.jobs.outcome_elsewhere import INVOICED
from models.jobs.status import ItemStatus
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from models.tables.order import Order, OrderLine

_CHUNK = 2_000
_OPEN = (ItemStatus.PENDING, ItemStatus.FAILED, ItemStatus.CANCELLED)


@dataclass(slots=True)
class Money:
    """Sums in one currency."""

    count: int = 0
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)

    def add(self, net: Decimal, tax: Decimal, gross: Decimal, count: int = 1) -> None:
        """Counts `count` more documents."""
        self.count += count
        self.net = EXACT.add(self.net, net)
        self.tax = EXACT.add(self.tax, tax)
        self.gross = EXACT.add(self.gross, gross)


@dataclass(slots=True)
class OrdersMoney:
    """Sums by currency, and how many orders have none that could be computed."""

    unknown: int = 0
    by_currency: defaultdict[str, Money] = field(default_factory=lambda: defaultdict(Money))


def uninvoiced_money(session: Session, job_id: UUID) -> dict[str, OrdersMoney]:
    """By status of the items, from those orders that have no invoice at all, as they are now.

    Reads some thousand orders at a time, so that memory does not grow with the job.
    """
    money = {status.value: OrdersMoney() for status in _OPEN}
    for chunk in _chunks(session, job_id):
        lines = _lines(session, [row.order_id for row in chunk])
        for order_id, status, currency in chunk:
            totals = _totals(lines.get(order_id, ()), currency)
            if totals is None:
                money[status].unknown += 1
            else:
                money[status].by_currency[currency].add(totals.net, totals.tax, totals.gross)
    return money


def money_invoiced_elsewhere(session: Session, job_id: UUID) -> dict[str, OrdersMoney]:
    """By status of the items, from the invoices that their orders got outside of the job."""
    money = {status.value: OrdersMoney() for status in _OPEN}
    rows = session.execute(
        select(
            BatchJobItem.status,
            Invoice.currency,
            func.sum(Invoice.net),
            func.sum(Invoice.tax),
            func.sum(Invoice.gross),
            func.count(),
        )
        .join(Invoice, Invoice.order_id == BatchJobItem.order_id)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status.in_(_OPEN))
        .group_by(BatchJobItem.status, Invoice.currency)
    )
    for status, currency, net, tax, gross, count in rows:
        money[status].by_currency[currency].add(net, tax, gross, count)
    return money


def _chunks(session: Session, job_id: UUID) -> Iterator[Sequence[Row[int, str, str]]]:
    """Order id, item status and currency, in any order."""
    # Through one cursor: asked for chunk by chunk, PostgreSQL may join and sort all that is left
    # of the job for each of them.
    listed = (
        select(BatchJobItem.order_id, BatchJobItem.status, Order.currency)
        .join(Order, Order.id == BatchJobItem.order_id)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status.in_(_OPEN))
        .where(Order.status != INVOICED)
        .execution_options(yield_per=_CHUNK)
    )
    yield from session.execute(listed).partitions()


def _lines(session: Session, order_ids: Sequence[int]) -> dict[int, list[SourceLine]]:
    found: dict[int, list[SourceLine]] = defaultdict(list)
    rows = session.execute(
        select(
            OrderLine.order_id,
            OrderLine.line_number,
            OrderLine.quantity,
            OrderLine.unit_price,
            OrderLine.discount_percent,
            OrderLine.tax_category,
            OrderLine.tax_percent,
        ).where(OrderLine.order_id == any_of(order_ids))
    )
    for order_id, number, quantity, price, discount, category, percent in rows:
        # Totals do not ask what it is that is sold.
        line = SourceLine(number, "", "", quantity, "", price, discount, category, percent)
        found[order_id].append(line)
    return found


def _totals(lines: Sequence[SourceLine], currency: str) -> Totals | None:
    try:
        return compute_totals(lines, currency)
    except (UnknownCurrency, AmountOutOfRange):
        return None
