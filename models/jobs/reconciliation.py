"""The reconciliation of a job: the orders that were submitted against what happened to them.

Everything is counted from the items and the invoices. The job's counters are compared with these
figures, and `differences` says where they differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from models.accounts.users import user_emails
from models.database import org_transaction
from models.jobs.money_totals import TOTAL_COLUMNS, CurrencyTotal, sum_by_currency
from models.jobs.results import NumberRange, number_ranges
from models.jobs.search import get_job
from models.jobs.status import ENDED, ItemStatus, is_cancelling
from models.jobs.uninvoiced_money import money_invoiced_elsewhere, uninvoiced_money
from models.tables.audit_log import AuditEntry
from models.tables.batch_job import BatchJob, BatchJobItem
from models.tables.invoice import Invoice, NumberSeries


@dataclass(frozen=True, slots=True)
class Outcome:
    """Some of a job's orders and their money; the amounts of `unknown` ones cannot be computed."""

    count: int
    unknown: int
    money: tuple[CurrencyTotal, ...]

    @classmethod
    def sum(cls, parts: Collection[Outcome]) -> Self:
        """All of the parts."""
        return cls(
            sum(part.count for part in parts),
            sum(part.unknown for part in parts),
            sum_by_currency(total for part in parts for total in part.money),
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that a job's invoices took in one series and year, and the series as a whole."""

    own: NumberRange
    series_count: int
    without_holes: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`asked_for` = `invoiced` + `failed` + `cancelled` + `pending`, in orders and in money.

    An order that the job did not invoice is `invoiced_elsewhere` (by another job, or on its own
    page) or `without_invoice`: `failed` + `cancelled` + `pending` = these two. `seconds` is how
    long the job was processing; None before it has ended, or if it never started. `retries` counts
    attempts beyond an order's first, `retried_orders` the orders that users retried, and
    `duplicate_deliveries` the messages that changed nothing. `differences` are sentences.
    """

    job_id: UUID
    status: str
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None
    asked_for: Outcome
    invoiced: Outcome
    failed: Outcome
    cancelled: Outcome
    pending: Outcome
    invoiced_elsewhere: Outcome
    without_invoice: Outcome
    numbers: tuple[Numbers, ...]
    duplicate_deliveries: int
    retries: int
    retried_orders: int
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether items, invoices and counters agree."""
        return not self.differences

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that add up to `asked_for`, by name."""
        return {
            name: getattr(self, name) for name in ("invoiced", "failed", "cancelled", "pending")
        }

    @property
    def uninvoiced(self) -> Mapping[str, Outcome]:
        """The outcomes that add up to the orders that the job did not invoice, by name."""
        return {name: getattr(self, name) for name in ("invoiced_elsewhere", "without_invoice")}


def reconcile(organization_id: int, job_id: UUID) -> Reconciliation:
    """The reconciliation of a job at one moment; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        return reconciliation_of(session, get_job(session, job_id))


def reconciliation_of(session: Session, job: BatchJob) -> Reconciliation:
    """The same in the caller's transaction, which must see a single snapshot."""
    items = _items(session, job.id)
    elsewhere = {
        status: Outcome(sum(total.count for total in totals), 0, sum_by_currency(totals))
        for status, totals in money_invoiced_elsewhere(session, job.id).items()
    }
    without = {
        status: Outcome(items[status].count - elsewhere[status].count, money.unknown, money.totals)
        for status, money in uninvoiced_money(session, job.id).items()
    }
    invoices, own_invoices = _invoices(session, job.id)
    outcomes = {status: Outcome.sum([elsewhere[status], without[status]]) for status in without}
    outcomes[ItemStatus.SUCCEEDED] = Outcome(items[ItemStatus.SUCCEEDED].count, 0, invoices)
    numbers = tuple(_numbers(session, own) for own in number_ranges(session, job.id))
    return Reconciliation(
        job_id=job.id,
        status=job.status,
        created_by=user_emails(session, [job.created_by]).get(job.created_by),
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        seconds=job.seconds_worked(job.completed_at) if job.completed_at else None,
        asked_for=Outcome.sum(outcomes.values()),
        invoiced=outcomes[ItemStatus.SUCCEEDED],
        failed=outcomes[ItemStatus.FAILED],
        cancelled=outcomes[ItemStatus.CANCELLED],
        pending=outcomes[ItemStatus.PENDING],
        invoiced_elsewhere=Outcome.sum(elsewhere.values()),
        without_invoice=Outcome.sum(without.values()),
        numbers=numbers,
        duplicate_deliveries=sum(row.duplicates for row in items.values()),
        retries=sum(row.retries for row in items.values()),
        retried_orders=_retried_orders(session, job.id),
        differences=(*_differences(job, items), *_of_invoices(session, job, items, own_invoices)),
    )


@dataclass(frozen=True, slots=True)
class _Items:
    count: int = 0
    retries: int = 0
    duplicates: int = 0


def _items(session: Session, job_id: UUID) -> dict[str, _Items]:
    rows = session.execute(
        select(
            BatchJobItem.status,
            func.count(),
            func.sum(func.greatest(BatchJobItem.attempts - 1, 0)),
            func.sum(BatchJobItem.duplicate_deliveries),
        )
        .where(BatchJobItem.job_id == job_id)
        .group_by(BatchJobItem.status)
    )
    found = {status: _Items(*counts) for status, *counts in rows}
    return {status: found.get(status, _Items()) for status in ItemStatus}


def _invoices(session: Session, job_id: UUID) -> tuple[tuple[CurrencyTotal, ...], int]:
    """The money of the items' invoices, and how many of these name this job and the same order."""
    own = (Invoice.batch_job_id == job_id) & (Invoice.order_id == BatchJobItem.order_id)
    rows = session.execute(
        select(*TOTAL_COLUMNS, func.count().filter(own))
        .select_from(BatchJobItem)
        .join(Invoice, Invoice.id == BatchJobItem.invoice_id)
        .where(BatchJobItem.job_id == job_id)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    ).all()
    return tuple(CurrencyTotal(*row[:-1]) for row in rows), sum(row[-1] for row in rows)


def _numbers(session: Session, own: NumberRange) -> Numbers:
    of_series = (Invoice.series == own.series, Invoice.year == own.year)
    count, first, last = session.execute(
        select(func.count(), func.min(Invoice.sequence), func.max(Invoice.sequence)).where(
            *of_series
        )
    ).one()
    last_given = session.scalar(
        select(NumberSeries.last_number).where(
            NumberSeries.series == own.series, NumberSeries.year == own.year
        )
    )
    return Numbers(own, count, first == 1 and count == last == last_given)


def _retried_orders(session: Session, job_id: UUID) -> int:
    orders = AuditEntry.details["orders"].astext.cast(Integer)
    retried = (AuditEntry.batch_job_id == job_id, AuditEntry.action == "job.retried")
    return session.scalar(select(func.coalesce(func.sum(orders), 0)).where(*retried)) or 0


def _differences(job: BatchJob, items: Mapping[str, _Items]) -> Iterator[str]:
    compared = (
        ("orders in total", job.total_items, sum(row.count for row in items.values())),
        ("invoiced", job.successful_items, items[ItemStatus.SUCCEEDED].count),
        ("failed", job.failed_items, items[ItemStatus.FAILED].count),
        ("cancelled", job.cancelled_items, items[ItemStatus.CANCELLED].count),
        ("pending", job.pending_items, items[ItemStatus.PENDING].count),
    )
    for name, counter, counted in compared:
        if counter != counted:
            yield f"The job's counter says {counter:,} {name}, its items say {counted:,}."
    pending = items[ItemStatus.PENDING].count
    if job.status in ENDED and pending and not is_cancelling(job.status, pending):
        yield f"The job is {job.status}, but {pending:,} orders wait."


def _of_invoices(
    session: Session, job: BatchJob, items: Mapping[str, _Items], own_invoices: int
) -> Iterator[str]:
    succeeded = items[ItemStatus.SUCCEEDED].count
    if own_invoices != succeeded:
        yield (
            f"{succeeded:,} items are invoiced, but {own_invoices:,} of their invoices name "
            "the same job and order."
        )
    named = select(func.count()).select_from(Invoice).where(Invoice.batch_job_id == job.id)
    issued = session.scalars(named).one()
    if issued != succeeded:
        yield f"{issued:,} invoices name this job, but {succeeded:,} of its items are invoiced."
