"""What came of a batch job: the reasons of failure, the money, the numbers taken."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.batch_job import BatchJobItem
from models.invoice import Invoice
from models.job_status import ItemStatus
from models.order import Order
from models.search_text import any_of


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """How many orders of a job failed for one reason, and how the first of them tells it.

    Message and remedy speak of that order alone, such as of its third line.
    """

    code: str
    count: int
    message: str
    remedy: str
    order_id: int
    order_number: str


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """The sums of a job's invoices in one currency."""

    currency: str
    count: int
    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The first and last number that a job's invoices took in one series and year.

    Other invoices may have taken numbers between them, unless it is `unbroken`; `count` is the
    job's own.
    """

    series: str
    year: int
    first: str
    last: str
    count: int
    unbroken: bool


def failures_by_code(session: Session, job_id: UUID) -> tuple[FailureGroup, ...]:
    """The reasons why items failed, the most frequent first, each as its first item tells it."""
    of_job = BatchJobItem.job_id == job_id
    groups = session.execute(
        select(func.count().label("failed"), func.min(BatchJobItem.position).label("first"))
        .where(of_job, BatchJobItem.status == ItemStatus.FAILED)
        .group_by(BatchJobItem.error_code)
        .order_by(func.count().desc(), BatchJobItem.error_code)
    ).all()
    firsts = any_of([group.first for group in groups])
    named = select(BatchJobItem, Order.order_number).join(Order, Order.id == BatchJobItem.order_id)
    rows = session.execute(named.where(of_job, BatchJobItem.position == firsts)).all()
    by_position = {item.position: (item, number) for item, number in rows}
    return tuple(_group(*by_position[group.first], group.failed) for group in groups)


def totals_by_currency(session: Session, job_id: UUID) -> tuple[CurrencyTotal, ...]:
    """The money of the invoices that a job made, per currency in alphabetical order."""
    rows = session.execute(
        select(
            Invoice.currency,
            func.count(),
            func.sum(Invoice.net),
            func.sum(Invoice.tax),
            func.sum(Invoice.gross),
        )
        .where(Invoice.batch_job_id == job_id)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return tuple(CurrencyTotal(*row) for row in rows)


def number_ranges(session: Session, job_id: UUID) -> tuple[NumberRange, ...]:
    """The numbers that a job's invoices took, per series and year."""
    bounds = (
        select(
            Invoice.series,
            Invoice.year,
            func.min(Invoice.sequence).label("first"),
            func.max(Invoice.sequence).label("last"),
            func.count().label("count"),
        )
        .where(Invoice.batch_job_id == job_id)
        .group_by(Invoice.series, Invoice.year)
        .order_by(Invoice.series, Invoice.year)
    )
    return tuple(
        NumberRange(
            row.series,
            row.year,
            _number(session, row.series, row.year, row.first),
            _number(session, row.series, row.year, row.last),
            row[4],
            row.last - row.first + 1 == row[4],
        )
        for row in session.execute(bounds).all()
    )


def _number(session: Session, series: str, year: int, sequence: int) -> str:
    taken = (Invoice.series == series, Invoice.year == year, Invoice.sequence == sequence)
    return session.scalars(select(Invoice.number).where(*taken)).one()


def _group(item: BatchJobItem, order_number: str, count: int) -> FailureGroup:
    return FailureGroup(
        code=item.error_code or "",
        count=count,
        message=item.error_message or "",
        remedy=item.error_remedy or "",
        order_id=item.order_id,
        order_number=order_number,
    )
