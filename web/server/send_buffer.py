"""The bytes of answers that one client has yet to read, sent without blocking."""

from __future__ import annotations

import socket
from collections import deque
from itertools import islice
from typing import Final

# At this size an answer pauses until the client has read.
HIGH_WATER_BYTES: Final = 128 * 1024
_PARTS_PER_CALL: Final = 64


class Disconnected(Exception):
    """The client has closed the connection, or it broke."""


class SendBuffer:
    """Used by one thread at a time."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._unsent: deque[memoryview] = deque()
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether the client must read before more is added."""
        return self.size >= HIGH_WATER_BYTES

    def sendall(self, data: bytes) -> None:
        """Only adds to the buffer, so that `send` sends a head together with what follows it.

        It is named like a socket's method because gunicorn's `Response` calls that.
        """
        self._unsent.append(memoryview(data))
        self.size += len(data)

    def send(self) -> int:
        """Sends as much as the connection takes; returns the number of bytes.

        Raises `Disconnected`.
        """
        before = self.size
        while self._unsent:
            try:
                sent = self._socket.sendmsg(list(islice(self._unsent, _PARTS_PER_CALL)))
            except BlockingIOError:
                break
            except OSError as error:
                raise Disconnected(str(error)) from error
            self._remove(sent)
        return before - self.size

    def clear(self) -> None:
        """Discards what is unsent."""
        self._unsent.clear()
        self.size = 0

    def _remove(self, sent: int) -> None:
        self.size -= sent
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.popleft())
        if sent:
            self._unsent[0] = self._unsent[0][sent:]
