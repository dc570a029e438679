"""No view sees any of a body that does not arrive whole, whichever server runs the application."""

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

# Our own worker says by this that the body in `wsgi.input` has come whole.
IS_WHOLE: Final = "billmill.body_is_whole"
_BLOCK_BYTES: Final = 64 * 1024


class Request(FlaskRequest):
    """A request whose form is refused when it has no end, instead of being taken for empty."""

    def make_form_data_parser(self) -> Any:
        """As werkzeug's, but it raises."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
        except ValueError as error:
            is_multipart = "boundary" in self.mimetype_params
            raise (IncompleteBody() if is_multipart else BadRequest()) from error


def take_whole_bodies(app: Flask) -> None:
    """Refuses broken-off bodies for `app`."""
    app.request_class = Request
    app.wsgi_app = _WholeBodies(app.wsgi_app)  # type: ignore[method-assign]


class _WholeBodies:
    """Puts a `_WholeBody` before the application."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get(IS_WHOLE):
            environ["wsgi.input"] = _WholeBody(environ)
        return self._application(environ, start_response)


class _WholeBody(io.RawIOBase):
    """The body, read to its end and measured before the first byte is given out.

    Reading raises `IncompleteBody` or `RequestEntityTooLarge`.
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._stream: Any = environ["wsgi.input"]
        self._length = get_content_length(environ)
        self._limit = limit_of(environ.get("PATH_INFO", ""))
        self._has_end = self._length is not None or bool(environ.get("wsgi.input_terminated"))
        self._whole: Any = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As `io.RawIOBase`."""
        if self._whole is None:
            self._whole = self._take()
        return int(self._whole.readinto(buffer))

    def close(self) -> None:
        """Gives up what was kept."""
        if self._whole is not None:
            self._whole.close()
        super().close()

    def _take(self) -> Any:
        with ExitStack() as stack:
            kept = stack.enter_context(SpooledTemporaryFile(max_size=MEMORY_BYTES))
            size = 0
            while block := self._block(size):
                size += len(block)
                if size > self._limit:
                    raise RequestEntityTooLarge
                kept.write(block)
            if self._length is not None and size < self._length:
                raise IncompleteBody
            kept.seek(0)
            stack.pop_all()
        return kept

    def _block(self, size: int) -> bytes:
        """What follows the first `size` bytes."""
        if not self._has_end:
            return b""
        left = _BLOCK_BYTES if self._length is None else self._length - size
        try:
            return bytes(self._stream.read(min(left, _BLOCK_BYTES)))
        except Exception as error:  # each server has its own words for a broken connection
            raise IncompleteBody from error
