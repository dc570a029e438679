"""One client's connection, and what it is doing."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from enum import Enum
from typing import Any, Final

from web.networks import network_of
from web.request_bodies.spooled_body import Spools
from web.server.answer import Answer
from web.server.request_reader import Incoming
from web.server.send_buffer import Outgoing
from web.server.transfer_rate import Pace

# How long a client may take to send a request's head.
HEAD_SECONDS: Final = 10.0
# How long what the client still sends after our last answer is discarded: if we closed at once,
# the client could lose the answer (RFC 9112 section 9.6).
LINGER_SECONDS: Final = 2.0
# What a paused answer holds besides its unsent bytes: the rows that it has fetched.
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
    """Never blocks; used by the worker's loop, or by one thread while it is `WORKING`."""

    def __init__(
        self, connected: socket.socket, peer: Any, server: Any, cfg: Any, spools: Spools, now: float
    ) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.addresses = (peer, server)
        self.source = network_of(peer[0]) if isinstance(peer, tuple) else ""
        self.incoming = Incoming(cfg, peer, spools)
        self.outgoing = Outgoing(connected)
        self.answer: Answer | None = None
        self.is_last_answer = False
        self.state = State.READING
        self.awaits = 0  # the selector's events, none while it is not registered
        self.pace: Pace | None = None
        self.deadline = now + HEAD_SECONDS
        # When something came or went last.
        self.moved_at = now

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the client, and not the client for us."""
        return self.state in (State.READING, State.SENDING, State.LINGERING)

    @property
    def unread(self) -> int:
        """Bytes of memory, more or less, that wait for the client to read."""
        return self.outgoing.size + (PAUSED_BYTES if self.answer is not None else 0)

    def receive(self) -> bytes | None:
        """What has come; empty at the end, None if nothing has. Raises `OSError`."""
        try:
            return self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return None

    def advance(self, count: int) -> None:
        """So many bytes of a body have come, or of an answer have gone."""
        self.moved_at = time.monotonic()
        if self.pace is None:
            self.pace = Pace(self.moved_at)
        self.pace.move(count, self.moved_at)
        self.deadline = self.pace.deadline

    def stop_sending(self) -> None:
        """Tells the client that nothing more will come; raises `OSError` if it has gone."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Ends it, whatever was going on."""
        self.state = State.CLOSED
        self.incoming.release()
        with contextlib.suppress(OSError):
            if self.outgoing.size:
                # What the system still has of an unread answer goes too: the client is told.
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.socket.close()
        self.outgoing.forget()
