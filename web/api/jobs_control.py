"""Actions on batch jobs: cancel, pause, resume, retry, and the sweep."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response

from actors import job_control
from actors.sweep import sweep_organization
from models.accounts.audit import Author
from models.errors import BrokerUnavailable, ForbiddenTransition, NotFound
from models.jobs.search import FoundJob
from web.api.batch_jobs import shape_of
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.jobs import Job, SweepShape
from web.auth import current_account, current_author, require_account
from web.requests.json_bodies import RetryRequest
from web.requests.parsing import read_optional_body

views = Blueprint("jobs_control", __name__, url_prefix="/api")
views.before_request(require_account)


def _add_control(name: str, summary: str, act: Callable[[int, UUID, Author], FoundJob]) -> None:
    """Adds the view of an action; it answers with the changed job."""

    @views.post(f"/batch-jobs/<uuid:job_id>/{name}", endpoint=name)
    @describe(
        Operation(
            f"jobs_control_{name}", summary, answer=Job, refuses=(NotFound, ForbiddenTransition)
        )
    )
    def control(job_id: UUID) -> Response:
        account = current_account()
        return answer(shape_of(act(account.organization_id, job_id, current_author())))


_add_control("cancel", "Stop a batch job; invoices that are issued stay.", job_control.cancel)
_add_control("pause", "Issue no further invoice until resumed.", job_control.pause)
_add_control("resume", "Continue a paused batch job.", job_control.resume)


@views.post("/batch-jobs/<uuid:job_id>/retry-failed")
@describe(
    Operation(
        "jobs_control_retry_failed",
        "Try failed orders again: all, those of one error code, or those named.",
        body=RetryRequest,
        body_required=False,
        answer=Job,
        refuses=(NotFound, ForbiddenTransition),
    )
)
def retry_failed(job_id: UUID) -> Response:
    """The same job, which runs again for these orders only."""
    account = current_account()
    selection = read_optional_body(RetryRequest).selection()
    author = current_author()
    _, job = job_control.retry_failed(account.organization_id, job_id, author, selection)
    return answer(shape_of(job))


@views.post("/process-batch-jobs")
@describe(
    Operation(
        "jobs_control_process_batch_jobs",
        "Look now for jobs whose messages were lost.",
        answer=SweepShape,
        refuses=(BrokerUnavailable,),
    )
)
def process_batch_jobs() -> Response:
    """Runs the sweep that otherwise runs every minute, for the caller's organisation only."""
    return answer(SweepShape.model_validate(sweep_organization(current_account().organization_id)))
