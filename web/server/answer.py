"""One request's answer: made in a thread, and paused while the client does not read."""

from __future__ import annotations

import contextvars
import logging
import socket
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any, Final

from gunicorn.http.wsgi import FileWrapper, create

from web.request_bodies.admission import ONLY_ADMIT, Admitted
from web.request_bodies.complete import IS_WHOLE
from web.server.send_buffer import Gone, Outgoing

logger = logging.getLogger(__name__)

_FILE_BLOCK_BYTES: Final = 64 * 1024


class After(Enum):
    """What the connection is for once a thread has left the answer."""

    MORE = "the answer goes on when the client has read some of it"
    KEEP = "another request may come"
    ADMITTED = "the body of the request may be read"
    CLOSE = "this was the last answer"
    DROP = "the client has gone, or the socket is another's now"
    FAILED = "nothing was sent, and nothing will be"


class Answer:
    """Calls the WSGI application for one request. Its steps may run in different threads, one at a
    time."""

    def __init__(
        self,
        worker: Any,
        request: Any,
        connected: socket.socket,
        outgoing: Outgoing,
        addresses: tuple[Any, Any],
        *,
        only_admit: bool = False,
    ) -> None:
        """`addresses` are the client's and the listener's."""
        self._worker = worker
        self._request = request
        self._socket = connected
        self._outgoing = outgoing
        self._addresses = addresses
        self._only_admit = only_admit
        self._begun = datetime.now()  # noqa: DTZ005  # gunicorn's log takes the difference
        # What the application sets in a context variable holds in all steps of its answer.
        self._context = contextvars.copy_context()
        self._response: Any = None
        self._environ: dict[str, Any] = {}
        self._body: Iterable[bytes] | None = None
        self._parts: Iterator[bytes] = iter(())

    def step(self) -> After:
        """Goes on until the answer ends or the client has too much to read."""
        try:
            return self._context.run(self._step)
        except Admitted:
            return After.ADMITTED
        except Gone:
            return self._end(After.DROP)
        except StopIteration:  # flask_sock says so that the socket is no longer ours
            return self._end(After.DROP)
        except Exception:
            logger.exception("%s %s failed", self._request.method, self._request.uri)
            # A client that has a part must not take it for the whole answer.
            has_part = self._response is not None and self._response.headers_sent
            return self._end(After.DROP if has_part else After.FAILED)

    def abandon(self) -> None:
        """Ends an answer that nobody reads."""
        self._context.run(self._end, After.DROP)

    def _step(self) -> After:
        if self._body is None:
            self._begin()
        for part in self._parts:
            self._response.write(part)
            # Of a stream, the next part may take a while.
            if self._response.response_length is None or self._outgoing.is_full:
                self._outgoing.send()
            if self._outgoing.is_full:
                return After.MORE
        self._response.close()
        self._outgoing.send()
        return self._end(After.CLOSE if self._response.should_close() else After.KEEP)

    def _begin(self) -> None:
        worker = self._worker
        # The socket itself is for WebSockets, which take it over.
        self._response, self._environ = create(
            self._request, self._socket, *self._addresses, worker.cfg
        )
        self._response.sock = self._outgoing
        self._environ |= {"wsgi.multithread": True, IS_WHOLE: True, ONLY_ADMIT: self._only_admit}
        if self._only_admit or not worker.keeps_alive():
            self._response.force_close()
        body = worker.wsgi(self._environ, self._response.start_response)
        if isinstance(body, FileWrapper):
            body.blksize = _FILE_BLOCK_BYTES
        self._body = body
        self._parts = iter(body)

    def _end(self, after: After) -> After:
        try:
            if self._response is not None and self._response.status is not None:
                seconds = datetime.now() - self._begun  # noqa: DTZ005
                self._worker.log.access(self._response, self._request, self._environ, seconds)
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except Exception:
            logger.exception("%s %s could not be ended", self._request.method, self._request.uri)
        return after
