"""A socket whose sending ends after a while, whether the other side reads or not."""

from __future__ import annotations

import contextlib
import socket
import threading

SEND_SECONDS = 5.0


class BoundedSocket:
    """Stands in for a WebSocket's own socket, with the part of its interface that is used there.

    What is sent by different threads does not mix. `close` only shuts the connection down: the
    server that accepted it closes it.
    """

    def __init__(self, accepted: socket.socket, seconds: float = SEND_SECONDS) -> None:
        self._socket = accepted
        self._socket.settimeout(seconds)
        self._turn = threading.Lock()

    def send(self, data: bytes) -> int:
        """All of `data`; raises `OSError` and ends the connection when that takes too long."""
        with self._turn:
            try:
                self._socket.sendall(data)
            except OSError:
                self.close()
                raise
        return len(data)

    def recv(self, size: int) -> bytes:
        """As `socket.recv`."""
        return self._socket.recv(size)

    def fileno(self) -> int:
        """As `socket.fileno`."""
        return self._socket.fileno()

    def close(self) -> None:
        """Ends the connection in both directions."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
