"""What one client sends, made into requests as it comes, without ever waiting for more."""

from __future__ import annotations

import io
from typing import IO, Any, Final

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from web.request_bodies.limits import limit_of, needs_admission
from web.request_bodies.spooled_body import Body, Spools, TooLarge
from web.server.framing import Chunked, Framing, Sized

_LONGEST_HEAD: Final = 64 * 1024
_END: Final = b"\r\n\r\n"


class Incoming:
    """The bytes of one connection. Heads are read by gunicorn's parser, once they are whole."""

    def __init__(self, cfg: Any, peer: Any, spools: Spools) -> None:
        self._cfg = cfg
        self._peer = peer
        self._spools = spools
        self._buffer = bytearray()
        self._searched = 0
        self._count = 0
        self._head: Any = None
        self._framing: Framing = Sized(0)
        self._body: Body | None = None
        self._wants_continue = False
        # The head is whole, and the body is not read before `admit`.
        self.needs_admission = False
        self.first_bytes = b""

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come of the next request."""
        return not self._buffer and self._head is None

    @property
    def in_body(self) -> bool:
        """Whether the head is whole and the body is not."""
        return self._head is not None

    def feed(self, data: bytes) -> None:
        """Adds what has come."""
        self._buffer += data

    def take(self) -> Any | None:
        """The next whole request, its body ready to be read; None if it has not come whole.

        Its body is to be closed by `release`. Raises gunicorn's `ParseException`, `TooLarge` and
        `NoRoom`; nothing can be read from the connection after that.
        """
        if self._head is None:
            self._head = self._take_head()
            if self._head is None:
                return None
            self._begin_body(self._head)
        if self.needs_admission:
            return None
        if self._body is not None:
            if not self._framing.feed(self._buffer, self._body.write):
                return None
            self._head.body = self._body.whole()
        request, self._head = self._head, None
        return request

    def wants_continue(self) -> bool:
        """Whether the client waits for a `100 Continue` before it sends the body; said once."""
        wants, self._wants_continue = self._wants_continue, False
        return wants and not self._buffer

    def head_alone(self) -> Any:
        """The request that needs admission, without its body."""
        self._head.body = _nothing()
        return self._head

    def admit(self) -> None:
        """Lets the body be read."""
        self.needs_admission = False

    def release(self) -> None:
        """Gives up the body of the request that was taken, or of the one that never came whole."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _take_head(self) -> Any | None:
        end = self._buffer.find(_END, self._searched)
        self.first_bytes = bytes(self._buffer[:64])
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(_END) + 1)
            self._refuse_early()
            return None
        self._searched = 0
        head = bytes(self._buffer[: end + len(_END)])
        del self._buffer[: len(head)]
        return self._parse(head)

    def _refuse_early(self) -> None:
        """A head that can only end in a refusal, such as an endless line, is not waited for."""
        if not self._buffer:
            return
        too_long = len(self._buffer) > _LONGEST_HEAD
        endless = b"\n" not in self._buffer and len(self._buffer) > self._cfg.limit_request_line + 2
        bare = self._buffer.count(b"\n") != self._buffer.count(b"\r\n")
        if too_long or endless or bare:
            try:
                self._parse(bytes(self._buffer))
            except NoMoreData:
                raise LimitRequestHeaders("max buffer headers") from None

    def _parse(self, head: bytes) -> Any:
        self._count += 1
        return Request(self._cfg, IterUnreader([head]), self._peer, self._count)

    def _begin_body(self, request: Any) -> None:
        reader = request.body.reader
        limit = limit_of(request.path)
        length = None if isinstance(reader, ChunkedReader) else int(reader.length)
        if length == 0:
            request.body = _nothing()
            return
        if length is not None and length > limit:
            raise TooLarge
        self._framing = Chunked() if length is None else Sized(length)
        self.needs_admission = needs_admission(request.path, length)
        spools = self._spools
        self._body = Body(limit, spools.admitted if self.needs_admission else spools.anybodys)
        # Otherwise gunicorn would send it, and to a socket that may be full.
        self._wants_continue, request._expected_100_continue = request._expected_100_continue, False


def _nothing() -> IO[bytes]:
    return io.BytesIO()
