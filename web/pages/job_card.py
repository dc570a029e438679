"""What the card of a batch job shows, and which cards a page shows at the top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import request
from sqlalchemy.orm import Session

from actors.waiting_reasons import sentence, waiting_job
from models.accounts.users import user_emails
from models.database import org_transaction
from models.jobs.failed_orders import FailureCount, failures_by_code
from models.jobs.item_search import FoundItem, latest_failures
from models.jobs.money_totals import CurrencyTotal
from models.jobs.results import NumberRange, number_ranges, totals_by_currency
from models.jobs.search import current_jobs
from models.jobs.status import ENDED
from models.tables.batch_job import BatchJob
from web.auth import current_account

ERRORS_SHOWN = 3
ENDED_RECENTLY = timedelta(minutes=15)
LISTS = ("orders.index", "invoices.index", "jobs.index")


@dataclass(frozen=True, slots=True)
class Figure:
    """One count on the card: the job's counter `name`, with the CSS class `mark` unless it is 0."""

    name: str
    label: str
    mark: str
    number: int


@dataclass(frozen=True, slots=True)
class JobCard:
    """A job with its latest failures or, once it has ended, with its results."""

    job: BatchJob
    created_by: str | None
    errors: tuple[FoundItem, ...]
    failures: tuple[FailureCount, ...] = ()
    totals: tuple[CurrencyTotal, ...] = ()
    ranges: tuple[NumberRange, ...] = ()
    waiting_for: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the job has ended; a job that is cancelling has not."""
        return _has_ended(self.job)

    @property
    def seconds(self) -> float | None:
        """How long the job has been processing; None before it started."""
        return self.job.seconds_worked(datetime.now(UTC))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The counts to show in the job's status."""
        job = self.job
        figures = [
            Figure("successful_items", "Invoiced", "has-successes", job.successful_items),
            Figure("failed_items", "Failed", "has-failures", job.failed_items),
        ]
        if job.cancelled_items or job.is_cancelling:
            figures.append(Figure("cancelled_items", "Cancelled", "", job.cancelled_items))
        if job.status not in ENDED:
            figures.append(Figure("pending_items", "Waiting", "", job.pending_items))
        return tuple(figures)


@dataclass(frozen=True, slots=True)
class CardsOfPage:
    """The cards at the top of a page.

    The page does not show jobs that ended after `ended_until`. This is a time of the database, so
    the browser's clock does not matter.
    """

    cards: tuple[JobCard, ...]
    ended_until: datetime


def load_card(session: Session, job: BatchJob) -> JobCard:
    """The card of `job`; the queries for its results run only once it has ended."""
    created_by = user_emails(session, [job.created_by]).get(job.created_by)
    if not _has_ended(job):
        waiting = waiting_job(job.id, job.status)
        return JobCard(
            job,
            created_by,
            errors=latest_failures(session, job.id, ERRORS_SHOWN),
            waiting_for=sentence(waiting.reason) if waiting else None,
        )
    return JobCard(
        job,
        created_by,
        errors=(),
        failures=failures_by_code(session, job.id),
        totals=totals_by_currency(session, job.id),
        ranges=number_ranges(session, job.id),
    )


def job_cards() -> CardsOfPage:
    """The cards of active and cancelling jobs; on lists also that of the last job that ended."""
    ended_after = datetime.now(UTC) - ENDED_RECENTLY
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        jobs = current_jobs(session, ended_after=ended_after)
        running = [job for job in jobs if not _has_ended(job)]
        ended = [job for job in jobs if _has_ended(job)]
        shown = running + (ended[:1] if request.endpoint in LISTS else [])
        return CardsOfPage(
            tuple(load_card(session, job) for job in shown),
            max([ended_after, *(job.completed_at for job in ended if job.completed_at)]),
        )


def _has_ended(job: BatchJob) -> bool:
    return job.status in ENDED and not job.is_cancelling
