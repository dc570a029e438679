"""Takes the next numbers of a series, with their issue date, and locks it until the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, cast, func, select, text
from sqlalchemy.orm import Session

from models.invoicing.invoice_number import InvoiceNumber, consecutive

SERIES = "INV"
# The day (UTC) on which the transaction began, by PostgreSQL's clock, which all processes share: a
# worker whose clock is ahead would advance the series' date permanently.
TODAY = cast(func.timezone("UTC", func.now()), Date)

# The counter's row is locked from here to the commit. The ids are drawn under that lock, so that
# they grow as the numbers do. The date never decreases along a series, even if the clock is set
# back, and stays in the series' year.
_TAKE_NUMBERS = text(
    """
    INSERT INTO number_series AS s (organization_id, series, year, last_number, last_issue_date)
    VALUES (:organization_id, :series, :year, :count, :today)
    ON CONFLICT (organization_id, series, year) DO UPDATE
    SET last_number = s.last_number + excluded.last_number,
        last_issue_date = greatest(s.last_issue_date, excluded.last_issue_date)
    RETURNING last_number - :count AS last_before, last_issue_date,
        (SELECT array_agg(nextval('invoices_id_seq')) FROM generate_series(1, :count)) AS ids
    """
)


@dataclass(frozen=True, slots=True)
class TakenNumbers:
    """Consecutive numbers, the ids of their invoices, and the date of issue of all of them."""

    ids: Sequence[int]
    numbers: Sequence[InvoiceNumber]
    issue_date: date


def read_today(session: Session) -> date:
    """The day on which invoices of this transaction are issued (`TODAY`)."""
    return session.scalars(select(TODAY)).one()


def take_numbers(session: Session, organization_id: int, today: date, count: int) -> TakenNumbers:
    """The next `count` numbers of the organisation's series in the year of `today` (`TODAY`).

    The commit makes them final; a rollback returns them, so that the series has no gap.
    """
    taken = session.execute(
        _TAKE_NUMBERS,
        {
            "organization_id": organization_id,
            "series": SERIES,
            "year": today.year,
            "count": count,
            "today": today,
        },
    ).one()
    numbers = consecutive(SERIES, today.year, taken.last_before, count)
    return TakenNumbers(taken.ids, numbers, taken.last_issue_date)
