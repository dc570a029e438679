"""The gunicorn worker: a loop reads all requests and sends all answers, threads only compute them.

Gunicorn's own threads read requests and write answers at the client's speed, so twenty slow or
hostile clients stop the service. Here a thread gets a request when its last byte has arrived, and
the loop holds unread answers.
"""

from __future__ import annotations

import selectors
import time
from http import HTTPStatus
from typing import Any, Final

from gunicorn.errors import ConfigError
from gunicorn.workers.gthread import ThreadWorker

from web.request_bodies.limits import MAX_IMPORT_BYTES
from web.request_bodies.spooled_body import BodyBudgets, ByteBudget
from web.server.connection import Connection, State
from web.server.connection_handler import ConnectionHandler
from web.server.open_connections import OpenConnections

TICK_SECONDS: Final = 0.5
# One address may have half of all connections, and always at least 64.
ADDRESS_SHARE: Final = 2
MIN_PER_ADDRESS: Final = 64
# The most bytes in the bodies of unanswered requests, together.
UNAUTHENTICATED_BODY_BYTES: Final = 1024 * 1024 * 1024
ADMITTED_BODY_BYTES: Final = 4 * MAX_IMPORT_BYTES
_ACCEPTS_PER_TURN: Final = 32


class Worker(ThreadWorker):  # type: ignore[misc]
    """HTTP/1.1 without TLS. `ThreadWorker` provides `wsgi`, the threads and the signals.

    `post_worker_init` may set `is_behind_proxy`.
    """

    is_behind_proxy = False

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:  # noqa: ARG003
        """Raises `ConfigError` for TLS."""
        if cfg.is_ssl:
            raise ConfigError("This worker speaks no TLS; let a proxy do that.")

    def keeps_alive(self) -> bool:
        """Whether connections may now be kept for another request."""
        return bool(self.alive and self.cfg.keepalive)

    def run(self) -> None:
        """Serves until a signal stops it, then finishes the requests that have begun."""
        limit = self.worker_connections
        per_address = None if self.is_behind_proxy else max(limit // ADDRESS_SHARE, MIN_PER_ADDRESS)
        self._connections = OpenConnections(limit, per_address)
        self._handler = ConnectionHandler(self, self._connections)
        self._budgets = BodyBudgets(
            ByteBudget(UNAUTHENTICATED_BODY_BYTES), ByteBudget(ADMITTED_BODY_BYTES)
        )
        self._next_tick = 0.0
        self.poller.register(
            self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks
        )
        while self.alive and self.is_parent_alive():
            self.set_accept_enabled(self._connections.has_room)
            self._run_once()
        self.set_accept_enabled(False)
        stop_at = time.monotonic() + self.cfg.graceful_timeout
        idle_until = time.monotonic() + self.cfg.keepalive
        for connection in self._connections:
            if connection.state is State.READING and connection.reader.is_empty:
                connection.deadline = min(connection.deadline, idle_until)
        while len(self._connections) and time.monotonic() < stop_at:
            self._run_once()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def accept(self, listener: Any) -> None:
        """Accepts waiting connections; called by `ThreadWorker` when there are any."""
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                accepted, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:  # too few descriptors, or too little memory
                self.log.warning("A connection could not be accepted: %s", error)
                idle = self._connections.longest_idle()
                if idle is not None:
                    self._handler.close(idle)
                return
            server, now = listener.getsockname(), time.monotonic()
            connection = Connection(accepted, peer, server, self.cfg, self._budgets, now)
            displaced = self._connections.add(connection)
            if displaced is connection:
                self._handler.refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE)
                continue
            if displaced is not None:
                self._handler.close(displaced)
            self._handler.start(connection)
            if not self._connections.has_room:
                return

    def _run_once(self) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(TICK_SECONDS)
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK_SECONDS
            self._handler.close_overdue(now)
