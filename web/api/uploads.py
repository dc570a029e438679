"""The file of orders that a request uploads: as its body, or in a form."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.order_import.runs.submission import Upload
from web.api.idempotency_header import idempotency_key
from web.auth import current_author
from web.request_bodies.limits import FILE_TYPES, MAX_IMPORT_BYTES
from web.requests.parsing import read_query
from web.requests.queries import UploadQuery

FILE_MISSING: Final = "file_missing"
UNREADABLE_FILE: Final = "unreadable_file"
_FORM: Final = "multipart/form-data"


def read_upload(*, worked_here: bool = False) -> Upload:
    """The request's file, once all of it has arrived, and how to read it.

    Raises `UnsupportedMediaType`, `InvalidRequest` or `IncompleteBody`.
    """
    query = read_query(UploadQuery)
    request.max_content_length = MAX_IMPORT_BYTES
    if request.mimetype in FILE_TYPES:
        stream, name = request.stream, ""
    elif request.mimetype == _FORM:
        file = request.files.get("file")
        if file is None:
            message = "The form has no file in its field `file`."
            remedy = "Put the orders file into the field `file`."
            raise InvalidRequest.of(Finding(FILE_MISSING, message, "file", remedy))
        stream, name = file.stream, file.filename or ""
    else:
        raise UnsupportedMediaType
    return Upload(
        stream,
        name or query.file_name or "",
        query.options(),
        current_author(),
        idempotency_key(),
        worked_here,
    )
