"""Errors become HTTP answers: problem documents (RFC 9457) under /api, pages elsewhere.

The text of an unexpected error never leaves the process: the client gets a reference, and the log
has the stack trace under it.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from http import HTTPStatus

from flask import Flask, Response, g, json, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from models.errors import (
    BillmillError,
    ChangedMeanwhile,
    TooManyAttempts,
    TotalChanged,
)
from models.sqlstates import Cause, busy_error, verdict
from web.auth import current_account_or_none
from web.error_statuses import (
    DATABASE_AWAY,
    FOR_PROGRAMS,
    HEADERS,
    STATUS,
    UNEXPECTED,
    Problem,
    problem_of_http,
)

logger = logging.getLogger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Answers every error of `app` as a problem document or a page."""
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
            current = error.current if isinstance(error, ChangedMeanwhile) else None
            problem = Problem(STATUS[kind], error.code, error.message, error.errors)
            return answer(replace(problem, actual_total=actual, current=current, retry_after=wait))
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


def _database_away(error: OperationalError | PoolTimeout) -> Response:
    known = busy_error(error) if isinstance(error, OperationalError) else None
    if known is not None:
        logger.warning("%s: %s", known.code, str(error).splitlines()[0])
        return _named_error(known)
    logger.warning("The database did not answer: %s", str(error).splitlines()[0])
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, *DATABASE_AWAY))


def _database_refuses(error: DBAPIError) -> Response:
    """Answers 503 if the database refuses for a reason that may pass, for example is read-only."""
    found = verdict(error)
    if found.cause not in (Cause.ENVIRONMENT, Cause.COLLISION):
        return _unexpected_error(error)
    logger.warning("%s: %s", DATABASE_AWAY[0], str(error).splitlines()[0])
    detail = f"This cannot be done now: {found.reason}; please try again in a moment."
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, DATABASE_AWAY[0], detail))


def _unexpected_error(error: Exception) -> Response:
    reference = secrets.token_hex(6)
    logger.error(
        "Unexpected error %s in %s %s", reference, request.method, request.path, exc_info=error
    )
    return answer(
        Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            UNEXPECTED,
            f"Something went wrong on our side; the log has the details under {reference}.",
            reference=reference,
        )
    )


def answer(problem: Problem) -> Response:
    """A problem document for programs, a page for people."""
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
    # After a server error, looking up the account could fail too.
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
    """Looks up the account that the page shows, because without a view nothing has done so yet."""
    try:
        current_account_or_none()
    except (BillmillError, SQLAlchemyError):
        g.account = None
