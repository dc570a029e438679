"""One WebSocket that never blocks: its heartbeat, its timeouts, and what the client sends."""

from __future__ import annotations

import contextlib
import socket
from enum import IntEnum

from wsproto import WSConnection
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.utilities import ProtocolError

HEARTBEAT_SECONDS = 20.0
# A client that has not read everything within this time is dropped.
SEND_TIMEOUT_SECONDS = 5.0
# How long we wait for the client to answer our close frame.
CLOSE_TIMEOUT_SECONDS = 1.0
# Clients send no messages, only control frames.
MAX_MESSAGE_BYTES = 1024
# A client that sends pings and reads no answers is dropped at this backlog.
MAX_UNSENT_BYTES = 1_000_000
_RECEIVE_BYTES = 4096
_LONGEST_REASON = 100  # a close frame carries 123 bytes (RFC 6455 section 5.5)


class CloseCode(IntEnum):
    """Why we close a socket (RFC 6455 section 7.4.1, and 1013 of its registry)."""

    DONE = 1000
    GOING_AWAY = 1001
    REFUSED = 1008
    TOO_BIG = 1009
    FAILED = 1011
    TRY_AGAIN_LATER = 1013


class Disconnected(Exception):
    """The connection has ended: the client closed it, broke the protocol, or exceeded a timeout."""


class Connection:
    """A WebSocket after its handshake; used by one thread at a time, and never blocks.

    Times are seconds of a monotonic clock. Every method may raise `Disconnected`.
    """

    def __init__(self, accepted: socket.socket, protocol: WSConnection, now: float) -> None:
        accepted.setblocking(False)
        self._socket = accepted
        self._protocol = protocol
        self._unsent = b""
        self._message_bytes = 0
        self._next_ping = now + HEARTBEAT_SECONDS
        self._has_pong = True
        self._drop_at: float | None = None
        self.is_closing = False

    def fileno(self) -> int:
        """As `socket.fileno`."""
        return self._socket.fileno()

    @property
    def is_behind(self) -> bool:
        """Whether the client has yet to read some bytes."""
        return bool(self._unsent)

    def send(self, frames: bytes, now: float) -> None:
        """Sends whole frames now, or when the client reads."""
        if self._unsent:
            self._unsent += frames
            if len(self._unsent) > MAX_UNSENT_BYTES:
                raise Disconnected("The client does not read.")
            return
        self._unsent = frames
        self._drop_at = now + SEND_TIMEOUT_SECONDS
        self.send_rest()

    def send_rest(self) -> None:
        """Sends as much as the connection takes without blocking."""
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise Disconnected(str(error)) from error
        self._unsent = self._unsent[sent:]
        if not self._unsent and not self.is_closing:
            self._drop_at = None

    def receive(self, now: float) -> None:
        """Reads without blocking, and answers pings and close frames."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise Disconnected(str(error)) from error
        if not data:
            raise Disconnected("The client has closed the connection.")
        try:
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._handle(event, now)
        except ProtocolError as error:
            raise Disconnected(str(error)) from error

    def check_timeouts(self, now: float) -> None:
        """Pings the client when a ping is due, and closes or drops a client that is too late."""
        if self._drop_at is not None and now >= self._drop_at:
            raise Disconnected("The client is too late.")
        if now >= self._next_ping and not self.is_closing:
            self._next_ping = now + HEARTBEAT_SECONDS
            if not self._has_pong:
                self.close(CloseCode.REFUSED, "Ping/Pong timeout", now)
                return
            self._has_pong = False
            self.send(self._protocol.send(Ping()), now)

    def close(self, code: CloseCode, reason: str, now: float) -> None:
        """Sends a close frame; the answer is due within `CLOSE_TIMEOUT_SECONDS`."""
        if self.is_closing:
            return
        self.is_closing = True
        close_frame = CloseConnection(int(code), reason[:_LONGEST_REASON])
        self.send(self._protocol.send(close_frame), now)
        self._drop_at = now + CLOSE_TIMEOUT_SECONDS

    def drop(self) -> None:
        """Ends the connection immediately."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _handle(self, event: Event, now: float) -> None:
        if isinstance(event, CloseConnection):
            if not self.is_closing:
                self.send(self._protocol.send(event.response()), now)
            raise Disconnected("The client has sent a close frame.")
        if self.is_closing:
            return
        if isinstance(event, Ping):
            self.send(self._protocol.send(event.response()), now)
        elif isinstance(event, Pong):
            self._has_pong = True
        elif isinstance(event, TextMessage | BytesMessage):
            self._message_bytes += len(event.data)
            if self._message_bytes > MAX_MESSAGE_BYTES:
                self.close(CloseCode.TOO_BIG, "Message is too big", now)
            elif event.message_finished:
                self._message_bytes = 0
