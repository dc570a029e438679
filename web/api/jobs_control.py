"""What a person does to batch jobs that run."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from actors import job_control
from actors.sweep import sweep
from models.audit import Author
from web.api.batch_jobs import job_shape
from web.api.describing import Operation, answer, describe
from web.api.job_shapes import Job, SweepShape
from web.auth import current_account, require_account

views = Blueprint("jobs_control", __name__, url_prefix="/api")
views.before_request(require_account)


@views.post("/batch-jobs/<uuid:job_id>/cancel")
@describe(
    Operation(
        "Stop a batch job; invoices that are issued stay.", answer=Job, errors=(403, 404, 409)
    )
)
def cancel(job_id: UUID) -> Response:
    """The job as it is after that."""
    account = current_account()
    author = Author(account.user_id, request.remote_addr)
    job_control.cancel(account.organization_id, job_id, author)
    return answer(job_shape(account.organization_id, job_id))


@views.post("/process-batch-jobs")
@describe(
    Operation("Look now for jobs whose messages were lost.", answer=SweepShape, errors=(403,))
)
def process_batch_jobs() -> Response:
    """Runs the sweep that otherwise runs every minute."""
    return answer(SweepShape.model_validate(sweep()))
