"""A batch job on the terminal: a line in a list, and the account of what came of it."""

from collections.abc import Sequence
from uuid import UUID

import click
from sqlalchemy.orm import Session

from models.batch_job import BatchJob
from models.database import org_transaction
from models.invoicing.money import round_money
from models.job_results import FailureGroup, failures_by_code, number_ranges, totals_by_currency
from models.job_search import get_job, user_emails
from web.api.job_shapes import Job

HEADING = (
    f"{'ID':<36}  {'created':<16}  {'status':<10}  {'orders':>8} {'invoiced':>8} {'failed':>8}"
)


def job_shape(session: Session, job: BatchJob) -> Job:
    """The job as `--json` prints it: as the API does."""
    return Job.of(job, user_emails(session, [job.created_by]).get(job.created_by))


def line_of(job: Job) -> str:
    """The job's line under `HEADING`; times are UTC."""
    return (
        f"{job.id!s:<36}  {job.created_at:%Y-%m-%d %H:%M}  {job.status:<10}  "
        f"{job.total_items:>8,} {job.successful_items:>8,} {job.failed_items:>8,}"
    )


def print_job(organization_id: int, job_id: UUID, *, as_json: bool) -> Job:
    """Prints the job with its money, its numbers and its reasons of failure, and returns it."""
    with org_transaction(organization_id) as session:
        job = job_shape(session, get_job(session, job_id))
        if as_json:
            click.echo(job.model_dump_json())
            return job
        click.echo(f"{HEADING}\n{line_of(job)}")
        for key in ("created_by", "started_at", "completed_at"):
            click.echo(f"{key.replace('_', ' ') + ':':<14}{getattr(job, key) or '-'}")
        _print_results(session, job_id)
    return job


def _print_results(session: Session, job_id: UUID) -> None:
    for total in totals_by_currency(session, job_id):
        net, tax, gross = (
            f"{round_money(amount, total.currency):,}"
            for amount in (total.net, total.tax, total.gross)
        )
        click.echo(
            f"{total.currency:<4}{total.count:>8,} invoices  net {net}  tax {tax}  gross {gross}"
        )
    for numbers in number_ranges(session, job_id):
        click.echo(f"Numbers {numbers.first} to {numbers.last} ({numbers.count:,})")
    print_failures(failures_by_code(session, job_id))


def print_failures(failures: Sequence[FailureGroup]) -> None:
    """Prints why orders failed, the most frequent reason first."""
    for failure in failures:
        click.echo(f"{failure.count:>8,} failed: {failure.code}")
        click.echo(f"{'':>8} {failure.message}\n{'':>8} {failure.remedy}")
