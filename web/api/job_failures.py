"""The orders of a batch job that failed, all of them, as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from itertools import islice
from uuid import UUID

from flask import Blueprint, Response

from models.errors import NotFound
from models.jobs.failed_orders import FailedOrder, failed_orders
from web.api.exports.csv_cells import plain
from web.api.openapi.describing import Operation, describe
from web.auth import current_account, require_account
from web.requests.parsing import read_query
from web.requests.queries import FailuresQuery

views = Blueprint("job_failures", __name__, url_prefix="/api/batch-jobs")
views.before_request(require_account)

COLUMNS = tuple(field.name for field in fields(FailedOrder))
_CSV = "text/csv"
_ROWS_AT_ONCE = 500


@views.get("/<uuid:job_id>/failures.csv")
@describe(
    Operation(
        "job_failures_download",
        "All orders of a batch job that failed, with reason, remedy and customer.",
        query=FailuresQuery,
        file_type=_CSV,
        refuses=(NotFound,),
    )
)
def download(job_id: UUID) -> Response:
    """Sent while it is read: a job of any size takes no more memory than a small one."""
    code = read_query(FailuresQuery).error_code
    found = failed_orders(current_account().organization_id, job_id, code=code)
    response = Response(failures_csv(found), mimetype=_CSV)
    name = f"failed-orders-{job_id}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def failures_csv(failures: Iterable[FailedOrder]) -> Iterator[str]:
    """The file in parts; no text in it can be taken for a formula."""
    rest = iter(failures)
    yield _rows([COLUMNS])
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        yield _rows([plain(cell) for cell in astuple(failed)] for failed in some)


def _rows(rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
