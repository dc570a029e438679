"""Authorises the sender of a large body before it is read: strangers must not fill the disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Our worker sets this on a request whose body has not been read yet.
ONLY_ADMIT: Final = "billmill.only_admit"


class Admitted(Exception):
    """The sender may send the body."""


def admit_before_reading(app: Flask) -> None:
    """Lets `app` refuse a request before its body is read.

    With `ONLY_ADMIT` in the environment, `app` answers with the refusal that it would give whatever
    the body contains, or raises `Admitted`.
    """
    answer_in_full = app.wsgi_app

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get(ONLY_ADMIT):
            return answer_in_full(environ, start_response)
        with app.request_context(environ):
            refused = _refusal(app)
            if refused is None:
                raise Admitted
            return refused(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign]


def _refusal(app: Flask) -> Response | None:
    try:
        refused = app.preprocess_request()
    except Exception as error:
        refused = app.handle_user_exception(error)
    return None if refused is None else app.process_response(app.make_response(refused))
