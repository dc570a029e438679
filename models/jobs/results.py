"""What came of a batch job: the reasons of failure, the money, the numbers taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.jobs.money_totals import TOTAL_COLUMNS, CurrencyTotal
from models.jobs.outcome_elsewhere import CANCELLED, CLOSED, INVOICED, SAYS_IT
from models.jobs.status import ItemStatus
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from models.tables.order import Order


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """How many orders of a job failed for one reason, and how the first of them tells it.

    Message and remedy speak of that order alone, such as of its third line. Some may have been
    invoiced or cancelled outside of the job since; the first is one that is still open, if any is.
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
    def news(self) -> Mapping[str, int]:
        """How many orders ended otherwise since, by how; empty if the reason says as much."""
        counts = {INVOICED: self.invoiced_elsewhere, CANCELLED: self.cancelled_elsewhere}
        known = self.code in SAYS_IT
        return {} if known else {status: count for status, count in counts.items() if count}

    @property
    def open(self) -> int:
        """How many of the orders are still to be mended."""
        return self.count - self.invoiced_elsewhere - self.cancelled_elsewhere


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
    """The reasons why items failed, the most frequent first, each as one of them tells it."""
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
        FailureGroup(code or "", count, message or "", remedy or "", *others)
        for code, count, message, remedy, *others in rows
    )


def totals_by_currency(session: Session, job_id: UUID) -> tuple[CurrencyTotal, ...]:
    """The money of the invoices that a job made, per currency in alphabetical order."""
    rows = session.execute(
        select(*TOTAL_COLUMNS)
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
