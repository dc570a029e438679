"""Drives each connection through its states: read a request, work on it, send the answer, close."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from concurrent.futures import Future
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from gunicorn.http.errors import ParseException

from models.errors import IncompleteBody
from web.error_statuses import Problem, problem_of_http
from web.request_bodies.spooled_body import BodyTooLarge, BudgetExhausted
from web.server.answer import Answer, Outcome
from web.server.connection import HEAD_SECONDS, Connection, State
from web.server.open_connections import OpenConnections
from web.server.refusal import problem_of, refusal
from web.server.send_buffer import Disconnected

if TYPE_CHECKING:
    from web.server.worker import Worker

# How long we discard what the client still sends after our last answer. If we closed immediately,
# the client could lose the answer (RFC 9112 section 9.6).
LINGER_SECONDS: Final = 2.0
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class ConnectionHandler:
    """Runs in the worker's loop and never blocks; only `Answer.step` runs in a thread."""

    def __init__(self, worker: Worker, connections: OpenConnections) -> None:
        self._worker: Any = worker  # gunicorn has no types
        self._connections = connections

    def start(self, connection: Connection) -> None:
        """Reads from a new connection, because most clients have already sent their request."""
        self._guard(connection, self._read)

    def refuse(self, connection: Connection, status: HTTPStatus) -> None:
        """Answers without the application, and closes the connection."""
        problem = problem_of_http(status)
        self._guard(connection, lambda refused: self._refuse(refused, problem))

    def close_overdue(self, now: float) -> None:
        """Ends the connections whose client has missed its deadline."""
        for connection in self._connections:
            if connection.is_waiting and now >= connection.deadline:
                if connection.state is State.READING and not connection.reader.is_empty:
                    self.refuse(connection, HTTPStatus.REQUEST_TIMEOUT)
                else:
                    self.close(connection)

    def close(self, connection: Connection) -> None:
        """Closes a connection, whatever its state."""
        self._unregister(connection)
        self._connections.remove(connection)
        if connection.answer is not None:  # in a thread, because it may take a while
            self._worker.tpool.submit(connection.answer.abandon)
        connection.close()

    def _guard(self, connection: Connection, act: Callable[[Connection], None]) -> None:
        """Does something with a connection, and closes it if that fails."""
        try:
            act(connection)
        except (Disconnected, OSError):
            self.close(connection)
        except Exception:
            # The loop must continue: it serves all other connections.
            self._worker.log.exception("A connection failed")
            self.close(connection)

    def _wait(self, connection: Connection, state: State) -> None:
        """Registers the connection, to wait for the client."""
        self._set_state(connection, state)
        events = _WRITE if state is State.SENDING else _READ
        poller = self._worker.poller
        if not connection.interest:
            poller.register(connection.socket, events, lambda _: self._on_ready(connection))
        elif connection.interest != events:
            poller.modify(connection.socket, events, poller.get_key(connection.socket).data)
        connection.interest = events

    def _unregister(self, connection: Connection) -> None:
        if connection.interest:
            self._worker.poller.unregister(connection.socket)
            connection.interest = 0

    def _set_state(self, connection: Connection, state: State) -> None:
        connection.state = state
        self._connections.count_unsent(connection)

    def _on_ready(self, connection: Connection) -> None:
        """Continues after the client has sent or read something."""
        if connection.state is State.READING:
            self._guard(connection, self._read)
        elif connection.state is State.SENDING:
            self._guard(connection, self._send)
        elif connection.state is State.LINGERING:
            self._guard(connection, self._discard)

    def _read(self, connection: Connection) -> None:
        data = connection.receive()
        if data is None:
            self._wait(connection, State.READING)
            return
        reader, now = connection.reader, time.monotonic()
        connection.active_at = now
        if data:
            if reader.is_empty:
                connection.deadline = now + HEAD_SECONDS
            reader.feed(data)
            self._next_request(connection, len(data))
        elif reader.is_empty:
            self.close(connection)
        else:  # the client may still read: tell it that the request was not carried out
            error = IncompleteBody()
            self._refuse(connection, Problem(HTTPStatus.BAD_REQUEST, error.code, error.message))

    def _next_request(self, connection: Connection, received: int) -> None:
        """Gives the next request to a thread if it is complete."""
        reader = connection.reader
        try:
            request = reader.take()
        except (ParseException, BodyTooLarge, BudgetExhausted) as error:
            self._worker.log.debug("Refused a request from %s: %s", connection.source, error)
            self._refuse(connection, problem_of(error))
            return
        if request is not None:
            connection.transfer = None
            self._work(connection, self._new_answer(connection, request))
            return
        if reader.needs_admission:
            head = reader.head_alone()
            self._work(connection, self._new_answer(connection, head, only_admit=True))
            return
        self._wait(connection, State.READING)
        if reader.wants_continue():
            connection.buffer.sendall(_CONTINUE)
            connection.buffer.send()
        if reader.in_body:
            connection.count_transferred(received)

    def _new_answer(
        self, connection: Connection, request: Any, *, only_admit: bool = False
    ) -> Answer:
        return Answer(
            self._worker,
            request,
            connection.socket,
            connection.buffer,
            connection.addresses,
            only_admit=only_admit,
        )

    def _work(self, connection: Connection, answer: Answer) -> None:
        """Lets a thread begin or continue the answer."""
        self._unregister(connection)
        self._set_state(connection, State.WORKING)
        connection.answer = answer
        future = self._worker.tpool.submit(answer.step)
        future.add_done_callback(
            lambda done: self._worker.method_queue.defer(self._on_worked, connection, done)
        )

    def _on_worked(self, connection: Connection, done: Future[Outcome]) -> None:
        """Continues after a thread has finished a step of the answer."""
        outcome = Outcome.DROP if done.cancelled() or done.exception() else done.result()
        connection.active_at = time.monotonic()
        if outcome is Outcome.ADMITTED:
            connection.answer = None
            connection.reader.admit()
        elif outcome is not Outcome.PAUSED:
            connection.answer = None
            connection.reader.release()
        connection.is_last_answer = outcome is Outcome.CLOSE
        if outcome is Outcome.DROP:
            self.close(connection)
        elif outcome is Outcome.FAILED:
            self.refuse(connection, HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._guard(connection, self._continue)

    def _continue(self, connection: Connection) -> None:
        """Sends unsent bytes; then continues the answer, closes, or reads the next request."""
        if connection.buffer.size:
            self._wait(connection, State.SENDING)
            connection.transfer = None
            connection.count_transferred(0)
            if self._connections.has_too_much_unsent:
                self.close(connection)
        elif connection.answer is not None:
            self._work(connection, connection.answer)
        elif connection.is_last_answer:
            connection.stop_sending()
            connection.deadline = time.monotonic() + LINGER_SECONDS
            self._wait(connection, State.LINGERING)
        else:
            self._set_state(connection, State.READING)
            is_idle = connection.reader.is_empty
            seconds = self._worker.cfg.keepalive if is_idle else HEAD_SECONDS
            connection.deadline = time.monotonic() + seconds
            if is_idle:
                self._read(connection)
            else:
                self._next_request(connection, 0)

    def _send(self, connection: Connection) -> None:
        connection.count_transferred(connection.buffer.send())
        self._connections.count_unsent(connection)
        if not connection.buffer.size:
            self._continue(connection)

    def _discard(self, connection: Connection) -> None:
        if connection.receive() == b"":
            self.close(connection)

    def _refuse(self, connection: Connection, problem: Problem) -> None:
        connection.reader.release()
        connection.is_last_answer = True
        connection.buffer.sendall(refusal(problem, connection.reader.first_bytes))
        connection.buffer.send()
        self._continue(connection)
