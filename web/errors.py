"""Errors as HTTP answers: problem documents (RFC 9457) under /api, pages elsewhere.

No text of an unexpected error leaves the process: the reader gets a reference, under which the
log has the stack trace.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, json, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from models.errors import (
    BillmillError,
    BrokerUnavailable,
    ForbiddenTransition,
    IncompleteBody,
    InUse,
    InvalidCredentials,
    InvalidJson,
    InvalidRequest,
    LoginRequired,
    NotAllowed,
    NotFound,
    OrderNotInvoiceable,
    TookTooLong,
    TooManyAttempts,
    TotalChanged,
)
from models.invoicing.finding import Finding
from models.sqlstates import Cause, busy_error, verdict
from web.auth import current_account_or_none

logger = logging.getLogger(__name__)

# An error that is not listed is not for the reader: it is answered like an unexpected one.
STATUS: Final[Mapping[type[BillmillError], HTTPStatus]] = {
    InvalidJson: HTTPStatus.BAD_REQUEST,
    IncompleteBody: HTTPStatus.BAD_REQUEST,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidCredentials: HTTPStatus.UNAUTHORIZED,
    LoginRequired: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    ForbiddenTransition: HTTPStatus.CONFLICT,
    OrderNotInvoiceable: HTTPStatus.CONFLICT,
    TotalChanged: HTTPStatus.CONFLICT,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    BrokerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    InUse: HTTPStatus.SERVICE_UNAVAILABLE,
    TookTooLong: HTTPStatus.SERVICE_UNAVAILABLE,
}
# What Flask or the server refuses by itself: our code, which is stable, and why.
OF_HTTP: Final[Mapping[HTTPStatus, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request cannot be read."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This address does not answer to this method.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: (
        "request_timeout",
        "The request did not arrive in time.",
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: (
        "uri_too_long",
        "The address is longer than this server takes.",
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "headers_too_large",
        "The headers are larger than this server takes.",
    ),
    HTTPStatus.EXPECTATION_FAILED: (
        "expectation_failed",
        "Of what `Expect` can ask for, this server knows `100-continue` alone.",
    ),
    HTTPStatus.NOT_IMPLEMENTED: (
        "unknown_transfer_coding",
        "Of transfer codings this server knows `chunked` alone.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "too_busy",
        "Too much is being sent at once; please try again in a moment.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "body_too_large",
        "What was sent is larger than this address takes.",
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "unsupported_media_type",
        "Send JSON as application/json, and a file of orders as text/csv.",
    ),
}
_DATABASE_AWAY: Final = (
    "database_unavailable",
    "The database cannot be reached or is too busy; please try again in a moment.",
)
_UNEXPECTED: Final = "internal_error"
# What every address can answer, whatever was asked of it: status, code, and when.
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
        _UNEXPECTED,
        "Something went wrong on our side; the log has the details under the `reference`.",
    ),
    (HTTPStatus.SERVICE_UNAVAILABLE, *_DATABASE_AWAY),
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
    """What a reader is told: a stable code, one sentence, and findings about fields."""

    status: HTTPStatus
    code: str
    detail: str
    errors: tuple[Finding, ...] = ()
    reference: str | None = None
    actual_total: int | None = None
    retry_after: int | None = None  # seconds; told in the header alone

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
        return document


def register_error_handlers(app: Flask) -> None:
    """Answers every error of `app` in the reader's form."""
    app.register_error_handler(BillmillError, _named_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(DBAPIError, _database_refuses)
    app.register_error_handler(Exception, _unexpected_error)


def _named_error(error: BillmillError) -> Response:
    for kind in type(error).__mro__:
        if kind in STATUS:
            actual = error.actual if isinstance(error, TotalChanged) else None
            wait = error.retry_after if isinstance(error, TooManyAttempts) else None
            problem = Problem(STATUS[kind], error.code, error.message, error.errors)
            return answer(replace(problem, actual_total=actual, retry_after=wait))
    return _unexpected_error(error)


def _http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # a redirect
        return make_response(error.get_response())
    status = HTTPStatus(error.code)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected_error(error)
    response = answer(problem_of_http(status))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def problem_of_http(status: HTTPStatus) -> Problem:
    """What Flask or the server says of a request that it refuses."""
    code, sentence = OF_HTTP.get(status, ("http_error", f"{status.phrase}."))
    return Problem(status, code, sentence)


def _database_away(error: OperationalError | PoolTimeout) -> Response:
    known = busy_error(error) if isinstance(error, OperationalError) else None
    if known is not None:
        logger.warning("%s: %s", known.code, str(error).splitlines()[0])
        return _named_error(known)
    logger.warning("The database did not answer: %s", str(error).splitlines()[0])
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, *_DATABASE_AWAY))


def _database_refuses(error: DBAPIError) -> Response:
    """A database that is read-only, for one, is no fault of ours, and none of the reader's."""
    found = verdict(error)
    if found.cause not in (Cause.SURROUNDINGS, Cause.COLLISION):
        return _unexpected_error(error)
    logger.warning("%s: %s", _DATABASE_AWAY[0], str(error).splitlines()[0])
    detail = f"This cannot be done now: {found.reason}; please try again in a moment."
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, _DATABASE_AWAY[0], detail))


def _unexpected_error(error: Exception) -> Response:
    reference = secrets.token_hex(6)
    logger.error(
        "Unexpected error %s in %s %s", reference, request.method, request.path, exc_info=error
    )
    return answer(
        Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            _UNEXPECTED,
            f"Something went wrong on our side; the log has the details under {reference}.",
            reference=reference,
        )
    )


def answer(problem: Problem) -> Response:
    """The response: a problem document for programs, a page for people."""
    if request.path.startswith(FOR_PROGRAMS):
        response = make_response(json.dumps(problem.as_dict()))
        response.mimetype = "application/problem+json"
    else:
        response = make_response(_page(problem))
    response.status_code = problem.status
    response.headers.update(HEADERS.get(problem.status, {}))
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _page(problem: Problem) -> str:
    # Where the failure is ours, looking up the account could fail again.
    if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        _look_up_account()
    g.setdefault("account", None)
    return render_template(
        "errors/error.html",
        status=int(problem.status),
        title=problem.status.phrase,
        code=problem.code,
        detail=problem.detail,
        reference=problem.reference,
        hide_job_cards=True,
    )


def _look_up_account() -> None:
    """The page greets the account and shows the way, also where no view was found to ask for it."""
    try:
        current_account_or_none()
    except (BillmillError, SQLAlchemyError):
        g.account = None
