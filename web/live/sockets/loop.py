"""The event loop of all sockets of this process.

Written by hand, because libraries hold a thread per socket (flask-sock) or take over the whole
process (gevent, asyncio); here 1,000 sockets share one thread beside threaded requests.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from web.live.pending_events import OutgoingQueue
from web.live.sockets.frames import Frames
from web.live.sockets.websocket import (
    CLOSE_TIMEOUT_SECONDS,
    CloseCode,
    Connection,
    Disconnected,
)

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
_READ, _READ_AND_WRITE = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE


@dataclass(slots=True, eq=False)
class _Client:
    """A connection in the loop, with its queue (none if it is only being closed)."""

    connection: Connection
    queue: OutgoingQueue | None
    on_disconnect: Callable[[], None]
    interest: int = _READ


class EventLoop:
    """One per process; its thread starts with the first socket. Safe to call from any thread."""

    def __init__(self, is_closing: Callable[[], bool]) -> None:
        """`is_closing` says whether the process is ending."""
        self._is_closing = is_closing
        self._selector = selectors.DefaultSelector()
        self._wake_pipe: tuple[int, int] | None = None
        self._new: deque[_Client] = deque()
        self._with_events: deque[Connection] = deque()
        self._revoked: deque[tuple[Connection, str]] = deque()
        self._is_woken = False
        self._clients: dict[Connection, _Client] = {}
        self._frames = Frames()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def serve(
        self, connection: Connection, queue: OutgoingQueue, on_disconnect: Callable[[], None]
    ) -> None:
        """Sends what the queue holds until the client disconnects or the job ends."""
        self._add(_Client(connection, queue, on_disconnect))

    def reject(self, connection: Connection, code: CloseCode, reason: str) -> None:
        """Closes a connection that `serve` has not been called for."""
        try:
            connection.close(code, reason, time.monotonic())
        except Disconnected:
            connection.drop()
        else:
            self._add(_Client(connection, None, lambda: None))

    def wake_up(self, connection: Connection) -> None:
        """Makes the loop look for events in the queue of a connection."""
        self._with_events.append(connection)
        if not self._is_woken:
            self._is_woken = True
            self._interrupt_select()

    def revoke(self, connection: Connection, reason: str) -> None:
        """Closes a connection whose client may no longer watch."""
        self._revoked.append((connection, reason))
        self._interrupt_select()

    def wait_until_closed(self, seconds: float) -> None:
        """Waits until all sockets are closed, when the process is ending."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _add(self, client: _Client) -> None:
        self._new.append(client)
        with self._starting:
            if self._thread is None:
                self._wake_pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
                self._selector.register(self._wake_pipe[0], _READ)
                self._thread = threading.Thread(target=self._run, name="live-sockets", daemon=True)
                self._thread.start()
        self._interrupt_select()

    def _interrupt_select(self) -> None:
        if self._wake_pipe is not None:
            with contextlib.suppress(BlockingIOError):  # a full pipe interrupts it as well
                os.write(self._wake_pipe[1], b"\0")

    def _run(self) -> None:
        stop_at: float | None = None
        next_tick = 0.0
        while stop_at is None or (self._clients and time.monotonic() < stop_at):
            self._run_once()
            now = time.monotonic()
            if self._is_closing() and stop_at is None:
                stop_at = now + 2 * CLOSE_TIMEOUT_SECONDS
            if stop_at is not None or now >= next_tick:
                next_tick = now + TICK_SECONDS
                for client in list(self._clients.values()):
                    self._guard(client, self._check_timeouts, client)
        for client in list(self._clients.values()):
            self._drop(client)

    def _run_once(self) -> None:
        """Handles sockets that are ready, then new and revoked connections, then new events."""
        for key, mask in self._selector.select(TICK_SECONDS):
            client: _Client | None = key.data
            if client is None:
                os.read(key.fd, 4096)
                continue
            if mask & selectors.EVENT_WRITE:
                self._guard(client, self._send_rest, client)
            if mask & selectors.EVENT_READ and client.connection in self._clients:
                self._guard(client, client.connection.receive, time.monotonic())
        while self._new:
            client = self._new.popleft()
            self._clients[client.connection] = client
            self._guard(client, self._register, client)
        while self._revoked:
            connection, reason = self._revoked.popleft()
            revoked = self._clients.get(connection)
            if revoked is not None:
                now = time.monotonic()
                self._guard(revoked, connection.close, CloseCode.REFUSED, reason, now)
        self._is_woken = False  # before the queues are read, so that no later event is overlooked
        # A connection that is added meanwhile is handled in the next round.
        for _ in range(len(self._with_events)):
            ready = self._clients.get(self._with_events.popleft())
            if ready is not None:
                self._guard(ready, self._send_events, ready)

    def _register(self, client: _Client) -> None:
        self._selector.register(client.connection, client.interest, client)
        self._send_events(client)

    def _send_events(self, client: _Client) -> None:
        """Sends the queue's events if the client has read everything before them."""
        connection = client.connection
        if client.queue is None or connection.is_behind or connection.is_closing:
            return
        events = client.queue.take()
        if events:
            now = time.monotonic()
            connection.send(b"".join(map(self._frames.frame, events)), now)
            if events[-1]["type"] == "done":
                connection.close(CloseCode.DONE, "", now)

    def _send_rest(self, client: _Client) -> None:
        client.connection.send_rest()
        self._send_events(client)

    def _check_timeouts(self, client: _Client) -> None:
        now = time.monotonic()
        if self._is_closing():
            client.connection.close(CloseCode.GOING_AWAY, "The server is being restarted.", now)
        client.connection.check_timeouts(now)

    def _guard(self, client: _Client, act: Callable[..., None], *arguments: object) -> None:
        """Does something with a connection, and drops it if that fails."""
        try:
            act(*arguments)
        except Disconnected:
            self._drop(client)
            return
        except Exception:
            # The thread must continue: it serves all other sockets.
            logger.exception("A socket failed")
            self._drop(client)
            return
        interest = _READ_AND_WRITE if client.connection.is_behind else _READ
        if interest != client.interest:
            client.interest = interest
            self._selector.modify(client.connection, interest, client)

    def _drop(self, client: _Client) -> None:
        del self._clients[client.connection]
        with contextlib.suppress(KeyError, ValueError):  # it may not be registered yet
            self._selector.unregister(client.connection)
        client.connection.drop()
        client.on_disconnect()
