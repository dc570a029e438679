"""Import of a file of orders."""

from __future__ import annotations

from dataclasses import replace
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.order_import.importer import ImportReport, import_orders
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.orders import ImportShape
from web.auth import current_account, current_author, require_account
from web.request_bodies.limits import MAX_IMPORT_BYTES

views = Blueprint("order_import", __name__, url_prefix="/api/orders")
views.before_request(require_account)

_UNREADABLE: Final = "unreadable_file"
_MISSING: Final = "file_missing"


@views.post("/import")
@describe(
    Operation(
        "order_import_take_in",
        "Import a file of orders; a bad row rejects only its own order.",
        takes="orders file",
        answer=ImportShape,
        refuses=(_UNREADABLE, _MISSING),
    )
)
def import_file() -> Response:
    """Reads the file once all of it has arrived, without holding all of it in memory."""
    account = current_account()
    author = current_author()
    request.max_content_length = MAX_IMPORT_BYTES
    with TemporaryFile() as copy:
        # The file is read more than once: to see how it is written, and to import it.
        copyfileobj(_uploaded_file(), copy)
        report = import_orders(account.organization_id, copy, author)
    if report.refused and not report.stored:
        raise _unreadable(report)
    return answer(ImportShape.model_validate(report))


def _unreadable(report: ImportReport) -> InvalidRequest:
    remedy = "Correct the file and import it again; nothing of it was stored."
    errors = [
        replace(found.finding, field=found.column or f"line {found.line}", remedy=remedy)
        for found in report.errors
    ]
    return InvalidRequest(errors[0].message, code=_UNREADABLE, errors=errors)


def _uploaded_file() -> IO[bytes]:
    if request.mimetype == "text/csv":
        return request.stream
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    try:
        return request.files["file"].stream
    except KeyError:
        message = "The form has no file in its field `file`."
        remedy = "Put the orders file into the field `file`."
        raise InvalidRequest.of(Finding(_MISSING, message, "file", remedy)) from None
