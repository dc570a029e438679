"""Who may send a large body is asked before it is read: strangers shall not fill the disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Our own worker asks so, with a request whose body has not come yet.
ONLY_ADMIT: Final = "billmill.only_admit"


class Admitted(Exception):
    """The body may be sent."""


def admit_before_reading(app: Flask) -> None:
    """Lets `app` say beforehand what it would refuse whatever the body is.

    With `ONLY_ADMIT` in its environment a request is refused as ever, or `Admitted` is raised.
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
