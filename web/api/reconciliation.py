"""The reconciliation of a batch job: as JSON, or as a CSV file for a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from models.errors import NotFound
from models.jobs.reconciliation import reconcile
from web.api.exports.csv_response import CSV, csv_response
from web.api.exports.reconciliation_csv import reconciliation_csv
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.reconciliation import ReconciliationShape
from web.auth import current_account, require_account
from web.requests.parsing import read_query
from web.requests.queries import ReconciliationQuery

views = Blueprint("reconciliation", __name__, url_prefix="/api/batch-jobs")
views.before_request(require_account)


@views.get("/<uuid:job_id>/reconciliation")
@describe(
    Operation(
        "reconciliation_show",
        "Compares what a job was to invoice with what it did, from items and invoices.",
        query=ReconciliationQuery,
        answer=ReconciliationShape,
        file_type=CSV,
        refuses=(NotFound,),
    )
)
def show(job_id: UUID) -> Response:
    """Computed again for each request."""
    wanted = read_query(ReconciliationQuery).format
    found = reconcile(current_account().organization_id, job_id)
    if wanted == "csv" or (wanted is None and _prefers_csv()):
        response = csv_response(reconciliation_csv(found), f"reconciliation-{job_id}.csv")
    else:
        response = answer(ReconciliationShape.of(found))
    response.vary.add("Accept")
    return response


def _prefers_csv() -> bool:
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV
