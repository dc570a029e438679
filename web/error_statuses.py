"""The answer to each error: HTTP status, stable code and sentence (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Final

from models.errors import (
    BillmillError,
    BrokerUnavailable,
    ChangedMeanwhile,
    ForbiddenTransition,
    IncompleteBody,
    InUse,
    InvalidCredentials,
    InvalidJson,
    InvalidRequest,
    LoginRequired,
    NotAllowed,
    NotFound,
    OrderInvoiced,
    OrderNotInvoiceable,
    TookTooLong,
    TooManyAttempts,
    TotalChanged,
)
from models.invoicing.finding import Finding

# An error that is not listed here is answered like an unexpected one.
STATUS: Final[Mapping[type[BillmillError], HTTPStatus]] = {
    InvalidJson: HTTPStatus.BAD_REQUEST,
    IncompleteBody: HTTPStatus.BAD_REQUEST,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidCredentials: HTTPStatus.UNAUTHORIZED,
    LoginRequired: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    ForbiddenTransition: HTTPStatus.CONFLICT,
    OrderInvoiced: HTTPStatus.CONFLICT,
    OrderNotInvoiceable: HTTPStatus.CONFLICT,
    ChangedMeanwhile: HTTPStatus.PRECONDITION_FAILED,
    TotalChanged: HTTPStatus.CONFLICT,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    BrokerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    InUse: HTTPStatus.SERVICE_UNAVAILABLE,
    TookTooLong: HTTPStatus.SERVICE_UNAVAILABLE,
}
# What Flask or the server refuses before a view runs: our stable code, and why.
OF_HTTP: Final[Mapping[HTTPStatus, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request cannot be read."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This address does not support this method.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: (
        "request_timeout",
        "The request did not arrive in time.",
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: (
        "uri_too_long",
        "The address is longer than this server accepts.",
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "headers_too_large",
        "The headers are larger than this server accepts.",
    ),
    HTTPStatus.EXPECTATION_FAILED: (
        "expectation_failed",
        "This server supports no `Expect` other than `100-continue`.",
    ),
    HTTPStatus.NOT_IMPLEMENTED: (
        "unknown_transfer_coding",
        "This server supports no transfer coding other than `chunked`.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "too_busy",
        "Too much is being sent at once; please try again in a moment.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "body_too_large",
        "The request is larger than this address accepts.",
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "unsupported_media_type",
        "Send JSON as application/json, and a file of orders as text/csv, or as an XLSX or ODS "
        "workbook under its own type.",
    ),
}
DATABASE_AWAY: Final = (
    "database_unavailable",
    "The database cannot be reached or is too busy; please try again in a moment.",
)
UNEXPECTED: Final = "internal_error"
# The errors that every address can answer to any request: status, code, and when.
ANYWHERE: Final[tuple[tuple[HTTPStatus, str, str], ...]] = (
    *(
        (status, *OF_HTTP[status])
        for status in (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.METHOD_NOT_ALLOWED,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.REQUEST_URI_TOO_LONG,
            HTTPStatus.EXPECTATION_FAILED,
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            HTTPStatus.NOT_IMPLEMENTED,
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
    ),
    (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        UNEXPECTED,
        "Something went wrong on our side; the log has the details under the `reference`.",
    ),
    (HTTPStatus.SERVICE_UNAVAILABLE, *DATABASE_AWAY),
    *(
        (HTTPStatus.SERVICE_UNAVAILABLE, kind.code, " ".join((kind.__doc__ or "").split()))
        for kind in (InUse, TookTooLong)
    ),
)
FOR_PROGRAMS: Final = ("/api/", "/metrics")
HEADERS: Final[Mapping[HTTPStatus, Mapping[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="billmill"'},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer to an error: a stable code, one sentence, and findings about fields."""

    status: HTTPStatus
    code: str
    detail: str
    errors: tuple[Finding, ...] = ()
    reference: str | None = None
    actual_total: int | None = None
    current: object = None  # what somebody else changed, as the API answers it
    retry_after: int | None = None  # seconds; only in the header

    def as_dict(self) -> dict[str, object]:
        """The problem document."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = [asdict(error) for error in self.errors]
        if self.reference:
            document["reference"] = self.reference
        if self.actual_total is not None:
            document["actual_total"] = self.actual_total
        if self.current is not None:
            document["current"] = self.current
        return document


def problem_of_http(status: HTTPStatus) -> Problem:
    """The answer to a request that Flask or the server refuses."""
    code, sentence = OF_HTTP.get(status, ("http_error", f"{status.phrase}."))
    return Problem(status, code, sentence)
