"""Requests that never reach the application: too long, malformed, too late, or too many."""

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

from web.errors import HEADERS as HEADERS_OF_STATUS
from web.errors import Problem, problem_of_http
from web.request_bodies.spooled_body import NoRoom, TooLarge
from web.security import HEADERS

STATUSES: Final[Mapping[type[Exception], HTTPStatus]] = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoom: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: Exception) -> HTTPStatus:
    """How a request that cannot be taken is answered; what is malformed is 400."""
    return STATUSES.get(type(error), HTTPStatus.BAD_REQUEST)


def refusal(problem: Problem, first_bytes: bytes) -> bytes:
    """The whole answer, after which the connection is closed.

    `first_bytes` are those of the request: programs get a problem document, as from the
    application, and others a line of text.
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
    """What a client is told whose request cannot be taken."""
    return problem_of_http(status_of(error))


def _is_for_a_program(first_bytes: bytes) -> bool:
    _method, _space, path = first_bytes.partition(b" ")
    return path.startswith(b"/api/")
