"""Answers to requests that the worker refuses itself: too long, malformed, late, or too many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    UnsupportedTransferCoding,
)

from web.error_statuses import HEADERS as HEADERS_OF_STATUS
from web.error_statuses import Problem, problem_of_http
from web.request_bodies.spooled_body import BodyTooLarge, BudgetExhausted
from web.security import HEADERS

STATUSES: Final[Mapping[type[Exception], HTTPStatus]] = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BudgetExhausted: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: Exception) -> HTTPStatus:
    """The status for a request that cannot be read; 400 if it is malformed."""
    return STATUSES.get(type(error), HTTPStatus.BAD_REQUEST)


def refusal(problem: Problem, first_bytes: bytes) -> bytes:
    """The complete answer, after which the connection is closed.

    `first_bytes` are the request's: a request under /api/ gets a problem document, like the
    application's; any other gets a line of text.
    """
    status = problem.status
    if _is_for_a_program(first_bytes):
        kind, body = "application/problem+json", json.dumps(problem.as_dict())
    else:
        kind, body = "text/plain; charset=utf-8", f"{status} {status.phrase}: {problem.detail}\n"
    headers = {
        **HEADERS,
        **HEADERS_OF_STATUS.get(status, {}),
        "Cache-Control": "no-store",
        "Content-Type": kind,
        "Content-Length": str(len(body.encode())),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def problem_of(error: Exception) -> Problem:
    """The problem to report for a request that cannot be read."""
    return problem_of_http(status_of(error))


def _is_for_a_program(first_bytes: bytes) -> bool:
    _method, _space, path = first_bytes.partition(b" ")
    return path.startswith(b"/api/")
