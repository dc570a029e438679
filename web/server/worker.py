"""The gunicorn worker: one loop reads all requests and sends all answers, threads only work.

Gunicorn's own threads read each request, and write each answer, at the client's pace: twenty
clients that are slow, or pretend to be, stop the service. Here a request is handed to a thread
when the last byte of its body has come, and what a client does not read waits in the loop.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any, Final

from gunicorn.errors import ConfigError
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from models.errors import IncompleteBody
from web.errors import Problem, problem_of_http
from web.request_bodies.limits import MAX_IMPORT_BYTES
from web.request_bodies.spooled_body import NoRoom, Spool, Spools, TooLarge
from web.server.answer import After, Answer
from web.server.connection import HEAD_SECONDS, LINGER_SECONDS, Connection, State
from web.server.open_connections import Crowd
from web.server.refusal import problem_of, refusal
from web.server.send_buffer import Gone

TICK_SECONDS: Final = 0.5
# Of one address, half of all connections; but so many always.
SHARE_OF_ONE: Final = 2
ALWAYS_OF_ONE: Final = 64
# Bodies that have not been answered yet, all together.
ANYBODYS_BYTES: Final = 1024 * 1024 * 1024
ADMITTED_BYTES: Final = 4 * MAX_IMPORT_BYTES
# Answers that wait to be read, all together.
UNREAD_BYTES: Final = 256 * 1024 * 1024
_ACCEPT_AT_ONCE: Final = 32
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Worker(ThreadWorker):  # type: ignore[misc]
    """HTTP/1.1 without TLS. `wsgi`, the threads and the signals are those of `ThreadWorker`.

    `post_worker_init` may set `is_behind_proxy`.
    """

    is_behind_proxy = False

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:  # noqa: ARG003
        """Raises `ConfigError` for what it does not speak."""
        if cfg.is_ssl:
            raise ConfigError("This worker speaks no TLS; let a proxy do that.")

    def keeps_alive(self) -> bool:
        """Whether a connection may be used for another request now."""
        return bool(self.alive and self.cfg.keepalive)

    def run(self) -> None:
        """Serves until it is told to stop, then ends what was begun."""
        most = self.worker_connections
        of_one = None if self.is_behind_proxy else max(most // SHARE_OF_ONE, ALWAYS_OF_ONE)
        self._crowd = Crowd(most, of_one)
        self._spools = Spools(Spool(ANYBODYS_BYTES), Spool(ADMITTED_BYTES))
        self._next_tick = 0.0
        self.poller.register(self.method_queue.fileno(), _READ, self.method_queue.run_callbacks)
        while self.alive and self.is_parent_alive():
            self.set_accept_enabled(self._crowd.has_room)
            self._turn()
        self.set_accept_enabled(False)
        stop_at = time.monotonic() + self.cfg.graceful_timeout
        idle_until = time.monotonic() + self.cfg.keepalive
        for connection in self._crowd:
            if connection.state is State.READING and connection.incoming.is_empty:
                connection.deadline = min(connection.deadline, idle_until)
        while len(self._crowd) and time.monotonic() < stop_at:
            self._turn()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def accept(self, listener: Any) -> None:
        """Takes in those who have connected."""
        for _ in range(_ACCEPT_AT_ONCE):
            try:
                accepted, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:  # no descriptors, or no memory
                self.log.warning("A client could not be taken in: %s", error)
                stillest = self._crowd.stillest()
                if stillest is not None:
                    self._close(stillest)
                return
            server, now = listener.getsockname(), time.monotonic()
            connection = Connection(accepted, peer, server, self.cfg, self._spools, now)
            dropped = self._crowd.add(connection)
            if dropped is connection:
                self._guard(connection, self._turn_away)
                continue
            if dropped is not None:
                self._close(dropped)
            self._guard(connection, self._read)  # most have sent their request already
            if not self._crowd.has_room:
                return

    def _turn_away(self, connection: Connection) -> None:
        self._refuse(connection, problem_of_http(HTTPStatus.SERVICE_UNAVAILABLE))

    def _turn(self) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(TICK_SECONDS)
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK_SECONDS
            for connection in self._crowd:
                if connection.is_waiting and now >= connection.deadline:
                    self._guard(connection, self._give_up)

    def _wait(self, connection: Connection, state: State) -> None:
        """Waits for the client."""
        connection.state = state
        events = _WRITE if state is State.SENDING else _READ
        if not connection.awaits:
            self.poller.register(connection.socket, events, lambda _: self._attend(connection))
        elif connection.awaits != events:
            key = self.poller.get_key(connection.socket)
            self.poller.modify(connection.socket, events, key.data)
        connection.awaits = events

    def _attend(self, connection: Connection) -> None:
        """The client has sent or read something."""
        if connection.state is State.READING:
            self._guard(connection, self._read)
        elif connection.state is State.SENDING:
            self._guard(connection, self._send)
        elif connection.state is State.LINGERING:
            self._guard(connection, self._discard)

    def _guard(self, connection: Connection, act: Callable[[Connection], None]) -> None:
        """Does something with a connection, and closes it if that fails."""
        try:
            act(connection)
        except (Gone, OSError):
            self._close(connection)
        except Exception:
            # Without this loop nobody would be served any more.
            self.log.exception("A connection failed")
            self._close(connection)

    def _read(self, connection: Connection) -> None:
        data = connection.receive()
        if data is None:
            self._wait(connection, State.READING)
            return
        incoming, now = connection.incoming, time.monotonic()
        connection.moved_at = now
        if data:
            if incoming.is_empty:
                connection.deadline = now + HEAD_SECONDS
            incoming.feed(data)
            self._next_request(connection, len(data))
        elif incoming.is_empty:
            self._close(connection)
        else:  # the client may still read, and shall know that nothing was done
            error = IncompleteBody()
            self._refuse(connection, Problem(HTTPStatus.BAD_REQUEST, error.code, error.message))

    def _next_request(self, connection: Connection, came: int) -> None:
        """Hands the next request to a thread if it is whole."""
        incoming = connection.incoming
        try:
            request = incoming.take()
        except (ParseException, TooLarge, NoRoom) as error:
            self.log.debug("Refused a request of %s: %s", connection.source, error)
            self._refuse(connection, problem_of(error))
            return
        if request is not None:
            connection.pace = None
            self._work(connection, self._new_answer(connection, request))
            return
        if incoming.needs_admission:
            head = incoming.head_alone()
            self._work(connection, self._new_answer(connection, head, only_admit=True))
            return
        self._wait(connection, State.READING)
        if incoming.wants_continue():
            connection.outgoing.sendall(_CONTINUE)
            connection.outgoing.send()
        if incoming.in_body:
            connection.advance(came)

    def _new_answer(
        self, connection: Connection, request: Any, *, only_admit: bool = False
    ) -> Answer:
        to, addresses = connection.outgoing, connection.addresses
        return Answer(self, request, connection.socket, to, addresses, only_admit=only_admit)

    def _work(self, connection: Connection, answer: Answer) -> None:
        """Lets a thread begin the answer, or go on with it."""
        self._stop_waiting(connection)
        connection.state = State.WORKING
        connection.answer = answer
        future = self.tpool.submit(answer.step)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self._worked, connection, done)
        )

    def _worked(self, connection: Connection, done: Future[After]) -> None:
        """A thread has left the answer."""
        after = After.DROP if done.cancelled() or done.exception() else done.result()
        connection.moved_at = time.monotonic()
        if after is After.ADMITTED:
            connection.answer = None
            connection.incoming.admit()
        elif after is not After.MORE:
            connection.answer = None
            connection.incoming.release()
        connection.is_last_answer = after is After.CLOSE
        if after is After.DROP:
            self._close(connection)
        elif after is After.FAILED:
            problem = problem_of_http(HTTPStatus.INTERNAL_SERVER_ERROR)
            self._guard(connection, lambda failed: self._refuse(failed, problem))
        else:
            self._guard(connection, self._go_on)

    def _go_on(self, connection: Connection) -> None:
        """What comes next, now that the answer is made, or that the client has read some of it."""
        if connection.outgoing.size:
            self._wait(connection, State.SENDING)
            connection.pace = None
            connection.advance(0)
            if sum(one.unread for one in self._crowd if one.state is State.SENDING) > UNREAD_BYTES:
                self._close(connection)
        elif connection.answer is not None:
            self._work(connection, connection.answer)
        elif connection.is_last_answer:
            connection.stop_sending()
            connection.deadline = time.monotonic() + LINGER_SECONDS
            self._wait(connection, State.LINGERING)
        else:
            connection.state = State.READING
            is_idle = connection.incoming.is_empty
            seconds = self.cfg.keepalive if is_idle else HEAD_SECONDS
            connection.deadline = time.monotonic() + seconds
            if is_idle:
                self._read(connection)
            else:
                self._next_request(connection, 0)

    def _send(self, connection: Connection) -> None:
        sent = connection.outgoing.send()
        connection.advance(sent)
        if not connection.outgoing.size:
            self._go_on(connection)

    def _discard(self, connection: Connection) -> None:
        if connection.receive() == b"":
            self._close(connection)

    def _refuse(self, connection: Connection, problem: Problem) -> None:
        """Answers without the application, and closes the connection."""
        connection.incoming.release()
        connection.is_last_answer = True
        connection.outgoing.sendall(refusal(problem, connection.incoming.first_bytes))
        connection.outgoing.send()
        self._go_on(connection)

    def _give_up(self, connection: Connection) -> None:
        """The client was too slow."""
        if connection.state is State.READING and not connection.incoming.is_empty:
            self._refuse(connection, problem_of_http(HTTPStatus.REQUEST_TIMEOUT))
        else:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        self._crowd.remove(connection)
        if connection.answer is not None:  # a thread ends it: that may take a while
            self.tpool.submit(connection.answer.abandon)
        connection.close()

    def _stop_waiting(self, connection: Connection) -> None:
        if connection.awaits:
            self.poller.unregister(connection.socket)
            connection.awaits = 0
