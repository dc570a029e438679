"""The failed orders of a batch job: in groups, or all as a CSV file for a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from models.errors import NotFound
from models.jobs.failed_orders import failed_orders
from models.jobs.grouped_failures import failure_groups
from web.api.exports.csv_response import CSV, csv_response
from web.api.exports.failed_orders_csv import failed_orders_csv
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.failure_groups import FailureGroups
from web.auth import current_account, require_account
from web.requests.parsing import read_query
from web.requests.queries import FailuresQuery

views = Blueprint("failed_orders", __name__, url_prefix="/api/batch-jobs")
views.before_request(require_account)


@views.get("/<uuid:job_id>/failures.csv")
@describe(
    Operation(
        "job_failures_download",
        "All orders of a batch job that failed, with reason, remedy and customer.",
        query=FailuresQuery,
        file_type=CSV,
        refuses=(NotFound,),
    )
)
def download(job_id: UUID) -> Response:
    """Sends rows while it reads them, so that memory does not grow with the job."""
    code = read_query(FailuresQuery).error_code
    found = failed_orders(current_account().organization_id, job_id, code=code)
    return csv_response(failed_orders_csv(found), f"failed-orders-{job_id}.csv")


@views.get("/<uuid:job_id>/failure-groups")
@describe(
    Operation(
        "job_failure_groups",
        "The orders of a batch job that failed, grouped by cause and by what has to be mended.",
        answer=FailureGroups,
        refuses=(NotFound,),
    )
)
def groups(job_id: UUID) -> Response:
    """With the money of each group, and which orders are mended."""
    found = failure_groups(current_account().organization_id, job_id)
    return answer(FailureGroups.model_validate(found))
