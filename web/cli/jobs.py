"""`billmill jobs`: see batch jobs and stop them."""

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click
from sqlalchemy import select

from models.audit import Author
from models.batch_job import BatchJob
from models.database import crossing_transaction, org_transaction
from models.job_search import get_job
from models.job_status import JobStatus
from web.api.job_shapes import Job
from web.cli.acting import organization_id_of, organization_of_job
from web.cli.job_report import HEADING, job_shape, line_of, print_job
from web.cli.job_watch import all_went_well, follow

F = TypeVar("F", bound=Callable[..., Any])


def _json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, as the API does.")(
        command
    )


@click.group()
def jobs() -> None:
    """Batch jobs: list, show, watch, cancel."""


@jobs.command(
    "list",
    epilog="""\b
Example:
  billmill jobs list --org acme --status processing""",
)
@click.option("--org", "slug", help="Slug of the organisation; all of them if not given.")
@click.option("--status", type=click.Choice([status.value for status in JobStatus]))
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@_json_option
def list_(slug: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List the latest jobs, newest first."""
    found = _latest(slug, status, limit)
    if as_json:
        items = [job.model_dump(mode="json") for job in found]
        click.echo(json.dumps({"items": items, "next": None}, ensure_ascii=False))
        return
    click.echo(HEADING)
    for job in found:
        click.echo(line_of(job))


@jobs.command(
    epilog="""\b
Example:
  billmill jobs show 0199c0de-0000-4000-8000-000000000000"""
)
@click.argument("job_id", metavar="ID", type=click.UUID)
@_json_option
def show(job_id: UUID, as_json: bool) -> None:
    """Show a job: its counts, money, invoice numbers and reasons of failure."""
    print_job(organization_of_job(job_id), job_id, as_json=as_json)


@jobs.command(
    epilog="""\b
Example:
  billmill jobs watch 0199c0de-0000-4000-8000-000000000000 && echo all invoiced"""
)
@click.argument("job_id", metavar="ID", type=click.UUID)
@_json_option
def watch(job_id: UUID, as_json: bool) -> None:
    """Follow a job until it ends; exit code 1 unless every order got its invoice."""
    watch_to_the_end(organization_of_job(job_id), job_id, as_json=as_json)


@jobs.command(
    epilog="""\b
Example:
  billmill jobs cancel 0199c0de-0000-4000-8000-000000000000"""
)
@click.argument("job_id", metavar="ID", type=click.UUID)
@_json_option
def cancel(job_id: UUID, as_json: bool) -> None:
    """Stop a job; what was invoiced stays."""
    from actors import job_control  # needs the settings, which a mere --help does not have

    organization_id = organization_of_job(job_id)
    job_control.cancel(organization_id, job_id, Author(user_id=None))
    print_job(organization_id, job_id, as_json=as_json)


def watch_to_the_end(organization_id: int, job_id: UUID, *, as_json: bool) -> None:
    """Follows a job, prints what came of it, and exits with 1 if not all went well."""
    state = follow(organization_id, job_id)
    print_job(organization_id, job_id, as_json=as_json)
    if not all_went_well(state):
        sys.exit(1)


def _latest(slug: str | None, status: str | None, limit: int) -> list[Job]:
    """Each job is read in its own organisation's transaction: only its id crosses."""
    latest = select(BatchJob.organization_id, BatchJob.id)
    if slug is not None:
        latest = latest.where(BatchJob.organization_id == organization_id_of(slug))
    if status is not None:
        latest = latest.where(BatchJob.status == status)
    latest = latest.order_by(BatchJob.created_at.desc(), BatchJob.id.desc()).limit(limit)
    with crossing_transaction("sweep") as session:
        found = session.execute(latest).all()
    shapes = []
    for organization_id, job_id in found:
        with org_transaction(organization_id) as session:
            shapes.append(job_shape(session, get_job(session, job_id)))
    return shapes
