"""Turns the bytes of one client into requests as they arrive, without blocking."""

from __future__ import annotations

import io
from typing import IO, Any, Final

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from web.request_bodies.limits import limit_of, needs_admission
from web.request_bodies.spooled_body import BodyBudgets, BodyTooLarge, SpooledBody
from web.server.framing import Chunked, Framing, Sized

_MAX_HEAD_BYTES: Final = 64 * 1024
_END_OF_HEAD: Final = b"\r\n\r\n"


class RequestReader:
    """The unread bytes of one connection. Gunicorn's parser reads a head once it is complete."""

    def __init__(self, cfg: Any, peer: Any, budgets: BodyBudgets) -> None:
        self._cfg = cfg
        self._peer = peer
        self._budgets = budgets
        self._buffer = bytearray()
        self._searched_bytes = 0
        self._request_number = 0
        self._head: Any = None
        self._framing: Framing = Sized(0)
        self._body: SpooledBody | None = None
        self._wants_continue = False
        # The head of a request whose body is not read before `admit`.
        self.needs_admission = False
        self.first_bytes = b""

    @property
    def is_empty(self) -> bool:
        """Whether no byte of the next request has arrived."""
        return not self._buffer and self._head is None

    @property
    def in_body(self) -> bool:
        """Whether the head is complete and the body is not."""
        return self._head is not None

    def feed(self, data: bytes) -> None:
        """Adds received bytes."""
        self._buffer += data

    def take(self) -> Any | None:
        """The next request, if it is complete with its body; otherwise None.

        Call `release` when its body is no longer needed. Raises gunicorn's `ParseException`,
        `BodyTooLarge` and `BudgetExhausted`; no request can follow on the connection then.
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
            self._head.body = self._body.reader()
        request, self._head = self._head, None
        return request

    def wants_continue(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends the body; true only once."""
        wants, self._wants_continue = self._wants_continue, False
        return wants and not self._buffer

    def head_alone(self) -> Any:
        """The request that needs admission, without its body."""
        self._head.body = _empty()
        return self._head

    def admit(self) -> None:
        """Allows the body to be read."""
        self.needs_admission = False

    def release(self) -> None:
        """Deletes the body of the request, whether it is complete or not."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _take_head(self) -> Any | None:
        end = self._buffer.find(_END_OF_HEAD, self._searched_bytes)
        self.first_bytes = bytes(self._buffer[:64])
        if end < 0:
            self._searched_bytes = max(0, len(self._buffer) - len(_END_OF_HEAD) + 1)
            self._refuse_early()
            return None
        self._searched_bytes = 0
        head = bytes(self._buffer[: end + len(_END_OF_HEAD)])
        del self._buffer[: len(head)]
        return self._parse(head)

    def _refuse_early(self) -> None:
        """Refuses an incomplete head that cannot become valid, such as one with an endless line."""
        if not self._buffer:
            return
        too_long = len(self._buffer) > _MAX_HEAD_BYTES
        endless = b"\n" not in self._buffer and len(self._buffer) > self._cfg.limit_request_line + 2
        bare = self._buffer.count(b"\n") != self._buffer.count(b"\r\n")
        if too_long or endless or bare:
            try:
                self._parse(bytes(self._buffer))
            except NoMoreData:
                raise LimitRequestHeaders("max buffer headers") from None

    def _parse(self, head: bytes) -> Any:
        self._request_number += 1
        return Request(self._cfg, IterUnreader([head]), self._peer, self._request_number)

    def _begin_body(self, request: Any) -> None:
        reader = request.body.reader
        limit = limit_of(request.path)
        length = None if isinstance(reader, ChunkedReader) else int(reader.length)
        if length == 0:
            request.body = _empty()
            return
        if length is not None and length > limit:
            raise BodyTooLarge
        self._framing = Chunked() if length is None else Sized(length)
        self.needs_admission = needs_admission(request.path, length)
        budgets = self._budgets
        self._body = SpooledBody(
            limit, budgets.admitted if self.needs_admission else budgets.unauthenticated
        )
        # Otherwise gunicorn would send `100 Continue` itself, to a socket that may be full.
        self._wants_continue, request._expected_100_continue = request._expected_100_continue, False


def _empty() -> IO[bytes]:
    return io.BytesIO()
