"""A batch job on the terminal: its line in a list, and its money, numbers and failures."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from actors.waiting_reasons import sentence, waiting_job
from models.database import org_transaction
from models.jobs.failed_orders import failure_reasons
from models.jobs.money_totals import CurrencyTotal
from models.jobs.results import NumberRange, number_ranges, totals_by_currency
from models.jobs.search import FoundJob, find_job
from models.jobs.status import is_cancelling
from web.api.schemas.jobs import Job
from web.cli.jobs.failed_orders import print_reasons
from web.cli.terminal import say, say_json, styled
from web.formatting import plural

_COUNTS = ("orders", "invoiced", "failed", "cancelled")
_FACTS = ("created_by", "created_at", "started_at", "completed_at")


def heading() -> str:
    """The heading above the jobs."""
    counts = " ".join(f"{name:>9}" for name in _COUNTS)
    return f"{'ID':<36}  {'created, UTC':<16}  {'status':<10}  {'priority':<8} {counts}"


def job_shape(found: FoundJob) -> Job:
    """The job as `--json` prints it, which is as the API answers it."""
    waiting = waiting_job(found.job.id, found.job.status)
    return Job.of(found.job, found.created_by, waiting)


def line_of(job: Job) -> str:
    """The job's line under the heading."""
    counted = (job.total_items, job.successful_items, job.failed_items, job.cancelled_items)
    counts = " ".join(f"{number:>9,}" for number in counted)
    return (
        f"{job.id!s:<36}  {job.created_at:%Y-%m-%d %H:%M}  {job.status:<10}  "
        f"{job.priority:<8} {counts}"
    )


def facts_of(job: Job) -> Iterator[str]:
    """Lines with the author of the job, when it started and when it ended."""
    for name in _FACTS:
        value = getattr(job, name)
        shown = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value
        yield f"{name.replace('_', ' ') + ':':<14}{shown or '-'}"
    if is_cancelling(job.status, job.pending_items):
        orders = plural(job.total_items, "order")
        yield styled(
            f"Cancelling: {job.pending_items:,} of {orders} still to be released", fg="yellow"
        )
    if job.waiting_for:
        yield styled(sentence(job.waiting_for), fg="yellow")


def print_job(organization_id: int, job_id: UUID, *, as_json: bool) -> Job:
    """Prints the job with its money, its numbers and its reasons of failure, and returns it."""
    with org_transaction(organization_id, one_moment=True) as session:
        job = job_shape(find_job(session, job_id))
        if as_json:
            say_json(job.model_dump(mode="json"))
            return job
        totals = totals_by_currency(session, job_id)
        ranges = number_ranges(session, job_id)
        reasons = failure_reasons(session, job_id)
    say(heading(), line_of(job), *facts_of(job), *_results(totals, ranges))
    print_reasons(job_id, reasons)
    return job


def _results(totals: Sequence[CurrencyTotal], ranges: Sequence[NumberRange]) -> Iterator[str]:
    for total in (exact.rounded() for exact in totals):
        net, tax, gross = (f"{amount:,}" for amount in (total.net, total.tax, total.gross))
        yield f"{total.currency:<4}{total.count:>8,} invoices  net {net}  tax {tax}  gross {gross}"
    for numbers in ranges:
        yield f"Numbers {numbers.first} to {numbers.last} ({numbers.count:,})"
