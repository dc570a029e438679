"""What a batch job invoiced: the money per currency, and the numbers that its invoices took."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.jobs.money_totals import TOTAL_COLUMNS, CurrencyTotal
from models.tables.invoice import Invoice


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The first and last number that a job's invoices took in one series and year.

    `count` is how many the job took. Unless the range is `unbroken`, other invoices took the
    numbers in between.
    """

    series: str
    year: int
    first: str
    last: str
    count: int
    unbroken: bool


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
