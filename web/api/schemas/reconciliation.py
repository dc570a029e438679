"""The reconciliation of a batch job, as the API answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.jobs.money_totals import CurrencyTotal
from models.jobs.reconciliation import Numbers, Outcome, Reconciliation
from models.jobs.status import JobStatus
from web.api.schemas.base import Count, Exact, Shape


class MoneyShape(Shape):
    """Sums in one currency."""

    currency: str
    count: Count
    net: Exact
    tax: Exact
    gross: Exact

    @classmethod
    def of(cls, total: CurrencyTotal) -> Self:
        """In the currency's minor units."""
        return cls.model_validate(total.rounded())


class OutcomeShape(Shape):
    """Some orders and their money; the amounts of `unknown` ones cannot be computed."""

    count: Count
    unknown: Count
    money: list[MoneyShape]

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Currencies in alphabetical order."""
        money = [MoneyShape.of(total) for total in outcome.money]
        return cls(count=outcome.count, unknown=outcome.unknown, money=money)


class NumbersShape(Shape):
    """The numbers that a job's invoices took; other invoices may have taken numbers in between.

    `series_without_holes` says whether all numbers of that series and year exist, from 1 to the
    last one taken.
    """

    series: str
    year: int
    first: str
    last: str
    count: Count
    series_count: Count
    series_without_holes: bool

    @classmethod
    def of(cls, numbers: Numbers) -> Self:
        """As found."""
        own = numbers.own
        return cls(
            series=own.series,
            year=own.year,
            first=own.first,
            last=own.last,
            count=own.count,
            series_count=numbers.series_count,
            series_without_holes=numbers.without_holes,
        )


class ReconciliationShape(Shape):
    """`asked_for` = `invoiced` + `failed` + `cancelled` + `pending`, in orders and in money.

    An order that the job did not invoice was `invoiced_elsewhere` (by another job, or on its own
    page) or is still `without_invoice`: `failed` + `cancelled` + `pending` = these two. All are
    counted from items and invoices. `agrees` is false where the job's counters say otherwise, and
    `differences` say how. `retries` are attempts beyond an order's first, `retried_orders` the
    orders that people retried; `duplicate_deliveries` changed nothing.
    """

    job_id: UUID
    status: JobStatus
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None
    asked_for: OutcomeShape
    invoiced: OutcomeShape
    failed: OutcomeShape
    cancelled: OutcomeShape
    pending: OutcomeShape
    invoiced_elsewhere: OutcomeShape
    without_invoice: OutcomeShape
    numbers: list[NumbersShape]
    duplicate_deliveries: Count
    retries: Count
    retried_orders: Count
    agrees: bool
    differences: list[str]

    @classmethod
    def of(cls, found: Reconciliation) -> Self:
        """As found."""
        fields: dict[str, Any] = {name: getattr(found, name) for name in cls.model_fields}
        parts = {"asked_for": found.asked_for, **found.outcomes, **found.uninvoiced}
        for name, outcome in parts.items():
            fields[name] = OutcomeShape.of(outcome)
        fields["numbers"] = [NumbersShape.of(numbers) for numbers in found.numbers]
        fields["differences"] = list(found.differences)
        return cls(**fields)
