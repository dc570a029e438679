"""One browser's socket, which holds no thread: `Outlet` tells it when to read and when to send."""

from __future__ import annotations

import contextlib
import socket
from enum import IntEnum

from wsproto import WSConnection
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.utilities import ProtocolError

PING_SECONDS = 20.0
# Who has not taken all of what was sent after so long is dropped.
SEND_SECONDS = 5.0
FAREWELL_SECONDS = 1.0
# Nobody has anything to say to us here.
MAX_MESSAGE_BYTES = 1024
# Answers to pings, at most, that wait for a client to read them.
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


class Gone(Exception):
    """The client has gone, or does not read, or has heard our farewell."""


class Watcher:
    """A socket after its handshake; used by one thread at a time, and never blocks.

    Times are seconds of a monotonic clock. Every method may raise `Gone`.
    """

    def __init__(self, accepted: socket.socket, protocol: WSConnection, now: float) -> None:
        accepted.setblocking(False)
        self._socket = accepted
        self._protocol = protocol
        self._unsent = b""
        self._message_bytes = 0
        self._next_ping = now + PING_SECONDS
        self._ponged = True
        self._drop_at: float | None = None
        self.is_closing = False

    def fileno(self) -> int:
        """As `socket.fileno`."""
        return self._socket.fileno()

    @property
    def is_behind(self) -> bool:
        """Whether something that was sent waits for the client to read."""
        return bool(self._unsent)

    def send(self, frames: bytes, now: float) -> None:
        """Sends whole frames, later if need be."""
        if self._unsent:
            self._unsent += frames
            if len(self._unsent) > MAX_UNSENT_BYTES:
                raise Gone("It does not read.")
            return
        self._unsent = frames
        self._drop_at = now + SEND_SECONDS
        self.send_rest()

    def send_rest(self) -> None:
        """Sends what the connection takes now."""
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise Gone(str(error)) from error
        self._unsent = self._unsent[sent:]
        if not self._unsent and not self.is_closing:
            self._drop_at = None

    def receive(self, now: float) -> None:
        """Reads what has come, and answers pings and farewells."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise Gone(str(error)) from error
        if not data:
            raise Gone("It has closed the connection.")
        try:
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._heard(event, now)
        except ProtocolError as error:
            raise Gone(str(error)) from error

    def tick(self, now: float) -> None:
        """What the clock asks for: a ping, or the end of our patience."""
        if self._drop_at is not None and now >= self._drop_at:
            raise Gone("It does not read.")
        if now >= self._next_ping and not self.is_closing:
            self._next_ping = now + PING_SECONDS
            if not self._ponged:
                self.close(CloseCode.REFUSED, "Ping/Pong timeout", now)
                return
            self._ponged = False
            self.send(self._protocol.send(Ping()), now)

    def close(self, code: CloseCode, reason: str, now: float) -> None:
        """Says why we close, and waits a while for the answer."""
        if self.is_closing:
            return
        self.is_closing = True
        farewell = CloseConnection(int(code), reason[:_LONGEST_REASON])
        self.send(self._protocol.send(farewell), now)
        self._drop_at = now + FAREWELL_SECONDS

    def drop(self) -> None:
        """Ends the connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _heard(self, event: Event, now: float) -> None:
        if isinstance(event, CloseConnection):
            if not self.is_closing:
                self.send(self._protocol.send(event.response()), now)
            raise Gone("It has said goodbye.")
        if self.is_closing:
            return
        if isinstance(event, Ping):
            self.send(self._protocol.send(event.response()), now)
        elif isinstance(event, Pong):
            self._ponged = True
        elif isinstance(event, TextMessage | BytesMessage):
            self._message_bytes += len(event.data)
            if self._message_bytes > MAX_MESSAGE_BYTES:
                self.close(CloseCode.TOO_BIG, "Message is too big", now)
            elif event.message_finished:
                self._message_bytes = 0
