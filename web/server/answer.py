"""Runs the application for one request in a thread, and pauses while the client does not read."""

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
from web.request_bodies.complete import IS_COMPLETE
from web.server.send_buffer import Disconnected, SendBuffer

logger = logging.getLogger(__name__)

_FILE_BLOCK_BYTES: Final = 64 * 1024


class Outcome(Enum):
    """What happens to the connection after a step of the answer."""

    PAUSED = "the answer continues when the client has read some of it"
    KEEP_ALIVE = "another request may follow"
    ADMITTED = "the body of the request may be read"
    CLOSE = "this was the last answer"
    DROP = "the client has disconnected, or a WebSocket has taken the connection over"
    FAILED = "nothing was sent, and nothing will be"


class Answer:
    """Calls the WSGI application for one request. Its steps may run in different threads, but never
    at the same time."""

    def __init__(
        self,
        worker: Any,
        request: Any,
        connected: socket.socket,
        buffer: SendBuffer,
        addresses: tuple[Any, Any],
        *,
        only_admit: bool = False,
    ) -> None:
        """`addresses` are the client's and the listener's."""
        self._worker = worker
        self._request = request
        self._socket = connected
        self._buffer = buffer
        self._addresses = addresses
        self._only_admit = only_admit
        self._started_at = datetime.now()  # noqa: DTZ005  # for gunicorn's access log
        # All steps of the answer see the context variables that the application sets.
        self._context = contextvars.copy_context()
        self._response: Any = None
        self._environ: dict[str, Any] = {}
        self._body: Iterable[bytes] | None = None
        self._parts: Iterator[bytes] = iter(())

    def step(self) -> Outcome:
        """Continues until the answer ends or the buffer is full."""
        try:
            return self._context.run(self._step)
        except Admitted:
            return Outcome.ADMITTED
        except Disconnected:
            return self._end(Outcome.DROP)
        except StopIteration:  # how flask_sock says that a WebSocket took over
            return self._end(Outcome.DROP)
        except Exception:
            logger.exception("%s %s failed", self._request.method, self._request.uri)
            # A client that received a part must not mistake it for the complete answer.
            is_partly_sent = self._response is not None and self._response.headers_sent
            return self._end(Outcome.DROP if is_partly_sent else Outcome.FAILED)

    def abandon(self) -> None:
        """Ends an answer that will not be sent."""
        self._context.run(self._end, Outcome.DROP)

    def _step(self) -> Outcome:
        if self._body is None:
            self._begin()
        for part in self._parts:
            self._response.write(part)
            # The next part of a stream may take a while.
            if self._response.response_length is None or self._buffer.is_full:
                self._buffer.send()
            if self._buffer.is_full:
                return Outcome.PAUSED
        self._response.close()
        self._buffer.send()
        return self._end(Outcome.CLOSE if self._response.should_close() else Outcome.KEEP_ALIVE)

    def _begin(self) -> None:
        worker = self._worker
        # Only a WebSocket, which takes the connection over, uses the socket itself.
        self._response, self._environ = create(
            self._request, self._socket, *self._addresses, worker.cfg
        )
        self._response.sock = self._buffer
        self._environ |= {"wsgi.multithread": True, IS_COMPLETE: True, ONLY_ADMIT: self._only_admit}
        if self._only_admit or not worker.keeps_alive():
            self._response.force_close()
        body = worker.wsgi(self._environ, self._response.start_response)
        if isinstance(body, FileWrapper):
            body.blksize = _FILE_BLOCK_BYTES
        self._body = body
        self._parts = iter(body)

    def _end(self, outcome: Outcome) -> Outcome:
        try:
            if self._response is not None and self._response.status is not None:
                seconds = datetime.now() - self._started_at  # noqa: DTZ005
                self._worker.log.access(self._response, self._request, self._environ, seconds)
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except Exception:
            logger.exception("Closing %s %s failed", self._request.method, self._request.uri)
        return outcome
