"""Batch jobs: submit, preview, list and show."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from actors import dispatch
from actors.waiting_reasons import waiting_job, waiting_jobs
from models.accounts.users import user_emails
from models.database import org_transaction
from models.errors import NotFound, TotalChanged
from models.jobs.item_search import list_items
from models.jobs.preview import preview_matching, preview_orders
from models.jobs.search import FoundJob, find_job, list_jobs
from models.jobs.submission import Submission, submit_matching, submit_orders
from models.tables.batch_job import BatchJob
from web.api.idempotency_header import IDEMPOTENCY_KEY, idempotency_key
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.jobs import Item, Job, PreviewShape
from web.auth import current_account, require_account
from web.requests.json_bodies import BatchJobRequest, OrdersChoice
from web.requests.parsing import read_body, read_query
from web.requests.queries import ItemsQuery, JobsQuery

views = Blueprint("batch_jobs", __name__, url_prefix="/api/batch-jobs")
views.before_request(require_account)


@views.post("")
@describe(
    Operation(
        "batch_jobs_submit",
        "Invoice many orders: stores the job and answers at once.",
        body=BatchJobRequest,
        answer=Job,
        status=202,
        also=(200, "The job that an earlier request with this `Idempotency-Key` made."),
        located=True,
        headers=(IDEMPOTENCY_KEY,),
        refuses=(TotalChanged,),
    )
)
def submit() -> Response:
    """Stores the job, then sends its messages; without Redis the sweep sends them later."""
    account = current_account()
    key = idempotency_key()
    wanted = read_body(BatchJobRequest)
    submission = Submission(
        account.user_id,
        wanted.priority,
        key,
        request.remote_addr,
        account.token_id,
        wanted.expected_total,
    )
    if wanted.order_ids is not None:
        submitted = submit_orders(account.organization_id, wanted.order_ids, submission)
    else:
        submitted = submit_matching(account.organization_id, wanted.chosen_filter(), submission)
    if submitted.is_new:
        dispatch.start(account.organization_id, submitted.job_id)
    location = url_for("batch_jobs.show", job_id=submitted.job_id)
    return answer(
        shape_of(submitted.found), status=202 if submitted.is_new else 200, location=location
    )


@views.post("/preview")
@describe(
    Operation(
        "batch_jobs_preview",
        "Shows what would be issued and what would fail; writes nothing.",
        body=OrdersChoice,
        answer=PreviewShape,
    )
)
def preview() -> Response:
    """Computes the outcome of a job without issuing anything."""
    organization_id = current_account().organization_id
    wanted = read_body(OrdersChoice)
    if wanted.order_ids is not None:
        result = preview_orders(organization_id, wanted.order_ids)
    else:
        result = preview_matching(organization_id, wanted.chosen_filter())
    return answer(PreviewShape.of(result))


@views.get("")
@describe(
    Operation("batch_jobs_index", "Batch jobs, newest first.", query=JobsQuery, answer=ListOf[Job])
)
def index() -> Response:
    """A page of the organisation's jobs."""
    query = read_query(JobsQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_jobs(session, status=query.status, after=query.cursor, limit=query.limit)
        authors = user_emails(session, [job.created_by for job in page.items])
    waiting = waiting_jobs({job.id: job.status for job in page.items})

    def shape(job: BatchJob) -> Job:
        return Job.of(job, authors.get(job.created_by), waiting.get(job.id))

    return answer(ListOf[Job].of(page, shape))


@views.get("/<uuid:job_id>")
@describe(Operation("batch_jobs_show", "One batch job.", answer=Job, refuses=(NotFound,)))
def show(job_id: UUID) -> Response:
    """Its status and counters."""
    return answer(job_shape(current_account().organization_id, job_id))


@views.get("/<uuid:job_id>/items")
@describe(
    Operation(
        "batch_jobs_items",
        "How each order of a batch job ended; with `error_code`, those that failed with it.",
        query=ItemsQuery,
        answer=ListOf[Item],
        refuses=(NotFound,),
    )
)
def items(job_id: UUID) -> Response:
    """A page of the job's items."""
    query = read_query(ItemsQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_items(
            session,
            job_id,
            status=query.status,
            error_code=query.error_code,
            after=query.cursor,
            limit=query.limit,
        )
    return answer(ListOf[Item].of(page, Item.of))


def job_shape(organization_id: int, job_id: UUID) -> Job:
    """The job in its present state; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        found = find_job(session, job_id)
    return shape_of(found)


def shape_of(found: FoundJob) -> Job:
    """The job, with what it waits for."""
    waiting = waiting_job(found.job.id, found.job.status)
    return Job.of(found.job, found.created_by, waiting)
