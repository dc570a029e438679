"""One client's connection: its state, its buffers and its deadline."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from enum import Enum
from typing import Any, Final

from web.networks import network_of
from web.request_bodies.spooled_body import BodyBudgets
from web.server.answer import Answer
from web.server.request_reader import RequestReader
from web.server.send_buffer import SendBuffer
from web.server.transfer_rate import TransferRate

# The deadline for the head of a request, from its first byte.
HEAD_SECONDS: Final = 10.0
# The memory of the fetched rows that a paused answer holds, besides its unsent bytes.
PAUSED_BYTES: Final = 1024 * 1024
_RESET: Final = struct.pack("ii", 1, 0)
_RECEIVE_BYTES: Final = 64 * 1024


class State(Enum):
    """What a connection waits for."""

    READING = "a request, or the rest of one"
    WORKING = "a thread"
    SENDING = "the client, to read"
    LINGERING = "the client, to close"
    CLOSED = "nothing"


class Connection:
    """Never blocks. Only the worker's loop uses it or, while it is `WORKING`, only one thread."""

    def __init__(
        self,
        connected: socket.socket,
        peer: Any,
        server: Any,
        cfg: Any,
        budgets: BodyBudgets,
        now: float,
    ) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.addresses = (peer, server)
        self.source = network_of(peer[0]) if isinstance(peer, tuple) else ""
        self.reader = RequestReader(cfg, peer, budgets)
        self.buffer = SendBuffer(connected)
        self.answer: Answer | None = None
        self.is_last_answer = False
        self.state = State.READING
        self.interest = 0  # the selector's events; none while it is not registered
        self.transfer: TransferRate | None = None
        self.deadline = now + HEAD_SECONDS
        self.active_at = now  # when it last received or sent bytes

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the client, and not the client for us."""
        return self.state in (State.READING, State.SENDING, State.LINGERING)

    @property
    def unsent_bytes(self) -> int:
        """The approximate memory of an answer that the client has yet to read."""
        if self.state is not State.SENDING:
            return 0
        return self.buffer.size + (PAUSED_BYTES if self.answer is not None else 0)

    def receive(self) -> bytes | None:
        """The bytes that arrived; empty at the end, None if there are none. Raises `OSError`."""
        try:
            return self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return None

    def count_transferred(self, count: int) -> None:
        """Counts bytes of a body or of an answer, and moves the deadline."""
        self.active_at = time.monotonic()
        if self.transfer is None:
            self.transfer = TransferRate(self.active_at)
        self.transfer.add(count, self.active_at)
        self.deadline = self.transfer.deadline

    def stop_sending(self) -> None:
        """Tells the client that this was the last answer; raises `OSError` if it disconnected."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes the connection, whatever its state."""
        self.state = State.CLOSED
        self.reader.release()
        with contextlib.suppress(OSError):
            if self.buffer.size:
                # A reset tells the client that the answer is incomplete.
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.socket.close()
        self.buffer.clear()
