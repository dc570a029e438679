"""Import of a file of orders within the request, if it is small."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, url_for

from actors.import_orders import send_slice
from actors.import_progress import import_bus
from models.database import org_transaction
from models.errors import InvalidRequest
from models.order_import.importer import ImportReport
from models.order_import.runs.search import find_run
from models.order_import.runs.submission import submit_file
from models.order_import.runs.work import Worked, work_on
from web.api.idempotency_header import IDEMPOTENCY_KEY
from web.api.imports import run_shape
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.imports import ImportRun
from web.api.schemas.orders import ImportShape
from web.api.uploads import FILE_MISSING, UNREADABLE_FILE, read_upload
from web.auth import current_account, require_account
from web.requests.queries import UploadQuery

views = Blueprint("order_import", __name__, url_prefix="/api/orders")
views.before_request(require_account)

# A larger file takes longer than a person waits for an answer.
MAX_BYTES_IN_REQUEST: Final = 2 * 1024 * 1024
# A small workbook may unpack to many rows: a worker goes on after this time.
SECONDS_IN_REQUEST: Final = 15.0


@views.post("/import")
@describe(
    Operation(
        "order_import_take_in",
        "Import a file of orders; a bad row rejects only its own order.",
        takes="orders file",
        query=UploadQuery,
        answer=ImportShape,
        accepted=ImportRun,
        headers=(IDEMPOTENCY_KEY,),
        refuses=(UNREADABLE_FILE, FILE_MISSING),
    )
)
def import_file() -> Response:
    """Works a file of up to 2 MiB off at once; a larger one becomes the workers' import.

    A request whose `Idempotency-Key` is known is answered with the import that it made before.
    """
    organization_id = current_account().organization_id
    submitted = submit_file(organization_id, read_upload(worked_here=True))
    run_id = submitted.run_id
    if not submitted.is_new:
        return _accepted(organization_id, run_id)
    worked = _work_here(organization_id, run_id)
    if worked.next_slice is not None:
        send_slice(run_id, worked.next_slice)
    if worked.next_slice is not None or worked.reader is None:
        return _accepted(organization_id, run_id)
    report = worked.reader.tally.report(worked.reader.file)
    if report.refused and not report.stored:
        raise _unreadable(report, run_id)
    return answer(ImportShape.of(report, run_id))


def _accepted(organization_id: int, run_id: UUID) -> Response:
    location = url_for("imports.show", import_id=run_id)
    return answer(run_shape(organization_id, run_id), status=202, location=location)


def _work_here(organization_id: int, run_id: UUID) -> Worked:
    with org_transaction(organization_id) as session:
        size = find_run(session, run_id).run.size_bytes
    if size > MAX_BYTES_IN_REQUEST:
        return Worked(next_slice=0)
    return work_on(
        organization_id,
        run_id,
        0,
        on_commit=import_bus.offer,
        seconds=SECONDS_IN_REQUEST,
        holds_lease=True,
    )


def _unreadable(report: ImportReport, run_id: UUID) -> InvalidRequest:
    remedy = "Correct the file and import it again; nothing of it was stored."
    if report.needs_mapping:
        page = f"/imports/{run_id}/mapping"
        remedy = f"Say how the file is to be read at {page}, or correct it and import it again."
    errors = [
        replace(found.finding, field=found.column or f"line {found.line}", remedy=remedy)
        for found in report.errors
    ]
    return InvalidRequest(errors[0].message, code=UNREADABLE_FILE, errors=errors)
