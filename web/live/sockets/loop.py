"""Serves all sockets of this process from one thread, so that no socket holds a thread."""

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

from web.live.outgoing_queue import Mailbox
from web.live.sockets.connection import FAREWELL_SECONDS, CloseCode, Gone, Watcher
from web.live.sockets.frames import Frames

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
_READ, _READ_AND_WRITE = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE


@dataclass(slots=True, eq=False)
class _Seat:
    """A watcher, what it is told, and what to do when it has gone."""

    watcher: Watcher
    mailbox: Mailbox | None
    leave: Callable[[], None]
    interest: int = _READ


@dataclass(frozen=True, slots=True)
class Bell:
    """Rung by a mailbox that has something for its watcher; what an `Event` is to a thread."""

    outlet: Outlet
    watcher: Watcher

    def set(self) -> None:
        """May be called from any thread."""
        self.outlet.ring(self.watcher)


class Outlet:
    """One per process; its thread starts with the first socket."""

    def __init__(self, is_closing: Callable[[], bool]) -> None:
        """`is_closing` says whether the process is about to end."""
        self._is_closing = is_closing
        self._selector = selectors.DefaultSelector()
        self._wake_pipe: tuple[int, int] | None = None
        self._arrived: deque[_Seat] = deque()
        self._rung: deque[Watcher] = deque()
        self._refused: deque[tuple[Watcher, str]] = deque()
        self._is_called = False
        self._seats: dict[Watcher, _Seat] = {}
        self._frames = Frames()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, watcher: Watcher, mailbox: Mailbox, leave: Callable[[], None]) -> None:
        """Serves a watcher until it has gone or its job has ended, then calls `leave`."""
        self._seat(_Seat(watcher, mailbox, leave))

    def dismiss(self, watcher: Watcher, code: CloseCode, reason: str) -> None:
        """Says goodbye to a watcher that is told nothing."""
        try:
            watcher.close(code, reason, time.monotonic())
        except Gone:
            watcher.drop()
        else:
            self._seat(_Seat(watcher, None, lambda: None))

    def ring(self, watcher: Watcher) -> None:
        """There is something for a watcher; may be called from any thread."""
        self._rung.append(watcher)
        if not self._is_called:
            self._is_called = True
            self._wake()

    def refuse(self, watcher: Watcher, reason: str) -> None:
        """Closes a watcher that may watch no longer; may be called from any thread."""
        self._refused.append((watcher, reason))
        self._wake()

    def wait_until_closed(self, seconds: float) -> None:
        """Waits for the farewells of a process that is about to end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _seat(self, seat: _Seat) -> None:
        self._arrived.append(seat)
        with self._starting:
            if self._thread is None:
                self._wake_pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
                self._selector.register(self._wake_pipe[0], _READ)
                self._thread = threading.Thread(target=self._run, name="live-outlet", daemon=True)
                self._thread.start()
        self._wake()

    def _wake(self) -> None:
        if self._wake_pipe is not None:
            with contextlib.suppress(BlockingIOError):  # so many calls that it wakes anyway
                os.write(self._wake_pipe[1], b"\0")

    def _run(self) -> None:
        closing_at: float | None = None
        next_tick = 0.0
        while closing_at is None or (self._seats and time.monotonic() < closing_at):
            self._turn()
            now = time.monotonic()
            if self._is_closing() and closing_at is None:
                closing_at = now + 2 * FAREWELL_SECONDS
            if closing_at is not None or now >= next_tick:
                next_tick = now + TICK_SECONDS
                for seat in list(self._seats.values()):
                    self._attend(seat, self._look_after, seat)
        for seat in list(self._seats.values()):
            self._drop(seat)

    def _turn(self) -> None:
        """Whoever has sent something, can be sent more, has come or has been rung for."""
        for key, mask in self._selector.select(TICK_SECONDS):
            seat: _Seat | None = key.data
            if seat is None:
                os.read(key.fd, 4096)
                continue
            if mask & selectors.EVENT_WRITE:
                self._attend(seat, self._send_rest, seat)
            if mask & selectors.EVENT_READ and seat.watcher in self._seats:
                self._attend(seat, seat.watcher.receive, time.monotonic())
        while self._arrived:
            seat = self._arrived.popleft()
            self._seats[seat.watcher] = seat
            self._attend(seat, self._welcome, seat)
        while self._refused:
            watcher, reason = self._refused.popleft()
            refused = self._seats.get(watcher)
            if refused is not None:
                now = time.monotonic()
                self._attend(refused, watcher.close, CloseCode.REFUSED, reason, now)
        self._is_called = False  # before we look: who rings from now on calls again
        # Everyone once; who is rung for meanwhile has the next turn.
        for _ in range(len(self._rung)):
            rung = self._seats.get(self._rung.popleft())
            if rung is not None:
                self._attend(rung, self._tell, rung)

    def _welcome(self, seat: _Seat) -> None:
        self._selector.register(seat.watcher, seat.interest, seat)
        self._tell(seat)

    def _tell(self, seat: _Seat) -> None:
        """Sends what is new, unless there is still something to be read before that."""
        if seat.mailbox is None or seat.watcher.is_behind or seat.watcher.is_closing:
            return
        events = seat.mailbox.take()
        if events:
            now = time.monotonic()
            seat.watcher.send(b"".join(map(self._frames.frame, events)), now)
            if events[-1]["type"] == "done":
                seat.watcher.close(CloseCode.DONE, "", now)

    def _send_rest(self, seat: _Seat) -> None:
        seat.watcher.send_rest()
        self._tell(seat)

    def _look_after(self, seat: _Seat) -> None:
        now = time.monotonic()
        if self._is_closing():
            seat.watcher.close(CloseCode.GOING_AWAY, "The server is being restarted.", now)
        seat.watcher.tick(now)

    def _attend(self, seat: _Seat, act: Callable[..., None], *arguments: object) -> None:
        """Does something with a watcher, and drops it if it turns out to have gone."""
        try:
            act(*arguments)
        except Gone:
            self._drop(seat)
            return
        except Exception:
            # Without this thread nobody would hear anything any more.
            logger.exception("A socket failed")
            self._drop(seat)
            return
        interest = _READ_AND_WRITE if seat.watcher.is_behind else _READ
        if interest != seat.interest:
            seat.interest = interest
            self._selector.modify(seat.watcher, interest, seat)

    def _drop(self, seat: _Seat) -> None:
        del self._seats[seat.watcher]
        with contextlib.suppress(KeyError, ValueError):  # it never got as far as the selector
            self._selector.unregister(seat.watcher)
        seat.watcher.drop()
        seat.leave()
