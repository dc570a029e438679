"""Makes sure that views see only complete bodies, whichever server runs the application."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from flask import Request as FlaskRequest
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wsgi import get_content_length

from models.errors import IncompleteBody
from web.request_bodies.limits import limit_of
from web.request_bodies.spooled_body import MEMORY_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Our own worker sets this: the body in `wsgi.input` is complete.
IS_COMPLETE: Final = "billmill.body_is_complete"
_BLOCK_BYTES: Final = 64 * 1024


class Request(FlaskRequest):
    """Refuses an incomplete form, which werkzeug would take for an empty one."""

    def make_form_data_parser(self) -> Any:
        """Like werkzeug's, but it raises errors."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
        except ValueError as error:
            is_multipart = "boundary" in self.mimetype_params
            raise (IncompleteBody() if is_multipart else BadRequest()) from error


def require_complete_bodies(app: Flask) -> None:
    """Makes `app` refuse incomplete bodies."""
    app.request_class = Request
    app.wsgi_app = _CompleteBodies(app.wsgi_app)  # type: ignore[method-assign]


class _CompleteBodies:
    """Middleware that gives the application a `_CompleteBody`."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get(IS_COMPLETE):
            environ["wsgi.input"] = _CompleteBody(environ)
        return self._application(environ, start_response)


class _CompleteBody(io.RawIOBase):
    """A body that is read to its end and measured before it returns the first byte.

    Reading raises `IncompleteBody` or `RequestEntityTooLarge`.
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._stream: Any = environ["wsgi.input"]
        self._length = get_content_length(environ)
        self._limit = limit_of(environ.get("PATH_INFO", ""))
        self._has_end = self._length is not None or bool(environ.get("wsgi.input_terminated"))
        self._body: Any = None

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See `io.RawIOBase`."""
        if self._body is None:
            self._body = self._read_all()
        return int(self._body.readinto(buffer))

    def close(self) -> None:
        """Deletes the body."""
        if self._body is not None:
            self._body.close()
        super().close()

    def _read_all(self) -> Any:
        with ExitStack() as stack:
            body = stack.enter_context(SpooledTemporaryFile(max_size=MEMORY_BYTES))
            size = 0
            while block := self._block(size):
                size += len(block)
                if size > self._limit:
                    raise RequestEntityTooLarge
                body.write(block)
            if self._length is not None and size < self._length:
                raise IncompleteBody
            body.seek(0)
            stack.pop_all()
        return body

    def _block(self, size: int) -> bytes:
        """The bytes that follow the first `size`."""
        if not self._has_end:
            return b""
        left = _BLOCK_BYTES if self._length is None else self._length - size
        try:
            return bytes(self._stream.read(min(left, _BLOCK_BYTES)))
        except Exception as error:  # each server raises its own error for a broken connection
            raise IncompleteBody from error
