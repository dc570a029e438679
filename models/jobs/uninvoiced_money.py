"""The money of the orders that a job did not invoice: what they would come to, or the amounts of
their invoices if they were invoiced outside of the job."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.id_arrays import any_of
from models.invoicing.source import RowType, SourceLine
from models.invoicing.totals import totals_or_none
from models.jobs.money_totals import TOTAL_COLUMNS, CurrencyTotal, sum_by_currency
from models.jobs.outcome_elsewhere import INVOICED
from models.jobs.status import ItemStatus
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from models.tables.order import Order, OrderLine

_CHUNK = 2_000
_OPEN = (ItemStatus.PENDING, ItemStatus.FAILED, ItemStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class UninvoicedMoney:
    """What some orders would come to; the amounts of `unknown` orders cannot be computed."""

    unknown: int
    totals: tuple[CurrencyTotal, ...]


def uninvoiced_money(session: Session, job_id: UUID) -> dict[str, UninvoicedMoney]:
    """By status of the items: the orders that have no invoice at all, as they are now.

    Reads some thousand orders at a time, so that memory does not grow with the job.
    """
    unknown: Counter[str] = Counter()
    totals: dict[str, tuple[CurrencyTotal, ...]] = dict.fromkeys(_OPEN, ())
    for chunk in _chunks(session, job_id):
        lines = _lines(session, [row.order_id for row in chunk])
        found: defaultdict[str, list[CurrencyTotal]] = defaultdict(list)
        for order_id, status, currency in chunk:
            computed = totals_or_none(lines.get(order_id, ()), currency)
            if computed is None:
                unknown[status] += 1
            else:
                found[status].append(CurrencyTotal.of(computed))
        for status, added in found.items():
            totals[status] = sum_by_currency((*totals[status], *added))
    return {status: UninvoicedMoney(unknown[status], totals[status]) for status in _OPEN}


def money_invoiced_elsewhere(session: Session, job_id: UUID) -> dict[str, list[CurrencyTotal]]:
    """By status of the items: the invoices that their orders got outside of the job."""
    found: dict[str, list[CurrencyTotal]] = {status: [] for status in _OPEN}
    rows = session.execute(
        select(BatchJobItem.status, *TOTAL_COLUMNS)
        .join(Invoice, Invoice.order_id == BatchJobItem.order_id)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status.in_(_OPEN))
        .group_by(BatchJobItem.status, Invoice.currency)
    )
    for row in rows:
        found[row[0]].append(CurrencyTotal(*row[1:]))
    return found


def _chunks(session: Session, job_id: UUID) -> Iterator[Sequence[Row[int, str, str]]]:
    """Order id, item status and currency, in any order."""
    # One cursor, because for each query PostgreSQL may join and sort the whole rest of the job.
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
            OrderLine.row_type,
            OrderLine.unit_price_gross,
        ).where(OrderLine.order_id == any_of(order_ids))
    )
    for order_id, number, quantity, price, discount, category, percent, row_type, gross in rows:
        # Totals depend on neither the description nor the unit.
        line = SourceLine(
            number, "", "", quantity, "", price, discount, category, percent,
            cast("RowType", row_type), gross,
        )  # fmt: skip
        found[order_id].append(line)
    return found
