"""`billmill jobs`: shows batch jobs, and cancels, pauses, resumes, resets or retries them."""

import sys
from uuid import UUID

import click

from models.accounts.audit import OPERATOR
from models.accounts.organizations import organization_id_of
from models.jobs.cancel_and_retry import Selection
from models.jobs.failed_orders import failed_orders
from models.jobs.search import latest_jobs, organization_of_job
from models.jobs.status import JobStatus
from models.orders.named_orders import MAX_ITEMS, order_ids_of
from web.cli.jobs.failed_orders import print_failed_orders
from web.cli.jobs.report import heading, job_shape, line_of, print_job
from web.cli.jobs.show import print_with_reconciliation
from web.cli.jobs.watch import all_invoiced, follow
from web.cli.table import json_option
from web.cli.terminal import say, say_json
from web.formatting import plural

_job_argument = click.argument("job_id", metavar="ID", type=click.UUID)


@click.group(
    epilog="""\b
Examples:
  billmill jobs list --org acme
  billmill jobs show 0198c0de-0000-7000-8000-000000000001"""
)
def jobs() -> None:
    """Batch jobs: see them; cancel, pause, resume, retry, reset them."""


@jobs.command(
    "list",
    epilog="""\b
Example:
  billmill jobs list --org acme --status processing""",
)
@click.option("--org", "slug", help="Slug of the organisation; all organisations if not given.")
@click.option("--status", type=click.Choice([status.value for status in JobStatus]))
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@json_option
def list_(slug: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List the latest jobs, newest first."""
    organization_id = None if slug is None else organization_id_of(slug)
    latest = latest_jobs(organization_id, status=status, limit=limit)
    found = [(name, job_shape(job)) for name, job in latest]
    if as_json:
        items = [job.model_dump(mode="json") | {"organization": name} for name, job in found]
        say_json({"items": items, "next": None})
        return
    say(f"{heading()}  organisation" if slug is None else heading())
    for name, job in found:
        say(f"{line_of(job)}  {name}" if slug is None else line_of(job))


@jobs.command(
    epilog="""\b
Example:
  billmill jobs show 0199c0de-0000-4000-8000-000000000000"""
)
@_job_argument
@json_option
def show(job_id: UUID, as_json: bool) -> None:
    """Show a job, its reasons of failure and its reconciliation.

    Exit code 1 if the job's counters differ from its items and invoices.
    """
    if not print_with_reconciliation(organization_of_job(job_id), job_id, as_json=as_json):
        sys.exit(1)


@jobs.command(
    epilog="""\b
Example:
  billmill jobs watch 0199c0de-0000-4000-8000-000000000000 && echo all invoiced"""
)
@_job_argument
@json_option
def watch(job_id: UUID, as_json: bool) -> None:
    """Follow a job until it ends; exit code 1 unless every order got its invoice."""
    watch_to_the_end(organization_of_job(job_id), job_id, as_json=as_json)


@jobs.command(
    epilog="""\b
Examples:
  billmill jobs failures 0199c0de-0000-4000-8000-000000000000
  billmill jobs failures 0199c0de-0000-4000-8000-000000000000 --code quantity_not_positive"""
)
@_job_argument
@click.option("--code", metavar="CODE", help="Only orders that failed with this error code.")
@json_option
def failures(job_id: UUID, code: str | None, as_json: bool) -> None:
    """List all failed orders of a job: reason, customer, and what to do."""
    failed = failed_orders(organization_of_job(job_id), job_id, code=code)
    print_failed_orders(failed, as_json=as_json)


def _add_control(name: str, purpose: str) -> None:
    """Adds a command that calls the function of the same name in `actors.job_control`."""

    @jobs.command(
        name,
        help=purpose,
        epilog=f"""\b
Example:
  billmill jobs {name} 0199c0de-0000-4000-8000-000000000000""",
    )
    @_job_argument
    @json_option
    def control(job_id: UUID, as_json: bool) -> None:
        from actors import job_control  # needs the settings, which --help does not have

        organization_id = organization_of_job(job_id)
        getattr(job_control, name)(organization_id, job_id, OPERATOR)
        print_job(organization_id, job_id, as_json=as_json)


for _name, _purpose in {
    "cancel": "Stop a job; what was invoiced stays.",
    "pause": "Issue no further invoice of a job until it is resumed.",
    "resume": "Continue a paused job.",
    "reset": "Restart a job that seems stuck; no order is invoiced twice.",
}.items():
    _add_control(_name, _purpose)


@jobs.command(
    epilog="""\b
Examples:
  billmill jobs retry 0199c0de-0000-4000-8000-000000000000 --order SO-000017
  billmill jobs retry 0199c0de-0000-4000-8000-000000000000 --code customer_vat_id_missing"""
)
@_job_argument
@click.option("--code", metavar="CODE", help="Only orders that failed with this error code.")
@click.option(
    "--order",
    "order_numbers",
    metavar="NUMBER",
    multiple=True,
    help="Only this order; may be repeated.",
)
@click.option("--limit", type=click.IntRange(1, MAX_ITEMS), help="At most this many orders.")
@json_option
def retry(
    job_id: UUID,
    code: str | None,
    order_numbers: tuple[str, ...],
    limit: int | None,
    as_json: bool,
) -> None:
    """Retry the failed orders of a job: all of them, unless options choose some."""
    from actors import job_control  # needs the settings, and --help has none

    organization_id = organization_of_job(job_id)
    order_ids = order_ids_of(organization_id, order_numbers) if order_numbers else None
    selection = Selection(code, order_ids, limit)
    count, _ = job_control.retry_failed(organization_id, job_id, OPERATOR, selection)
    print_job(organization_id, job_id, as_json=as_json)
    if not as_json:
        orders = plural(count, "order")
        say(f"{orders} retried; follow with: billmill jobs watch {job_id}")


def watch_to_the_end(organization_id: int, job_id: UUID, *, as_json: bool) -> None:
    """Follows a job, prints its outcome, and exits with 1 unless every order got its invoice."""
    state = follow(organization_id, job_id)
    print_job(organization_id, job_id, as_json=as_json)
    if not all_invoiced(state):
        sys.exit(1)
