"""What one client has yet to read, sent as far as its connection takes it, without waiting."""

from __future__ import annotations

import socket
from collections import deque
from itertools import islice
from typing import Final

# An answer that is read more slowly than it is made pauses here.
FULL_BYTES: Final = 128 * 1024
_PARTS_AT_ONCE: Final = 64


class Gone(Exception):
    """The client has closed the connection, or it broke."""


class Outgoing:
    """The unsent bytes of one connection; used by one thread at a time."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._unsent: deque[memoryview] = deque()
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing should be added before the client has read some."""
        return self.size >= FULL_BYTES

    def sendall(self, data: bytes) -> None:
        """Adds to what is to be sent: `send` sends it, a head together with what follows.

        It has the name of a socket's method because gunicorn's `Response` calls it.
        """
        self._unsent.append(memoryview(data))
        self.size += len(data)

    def send(self) -> int:
        """Sends what the connection takes now; how many bytes that were. Raises `Gone`."""
        before = self.size
        while self._unsent:
            try:
                sent = self._socket.sendmsg(list(islice(self._unsent, _PARTS_AT_ONCE)))
            except BlockingIOError:
                break
            except OSError as error:
                raise Gone(str(error)) from error
            self._take_off(sent)
        return before - self.size

    def _take_off(self, sent: int) -> None:
        self.size -= sent
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.popleft())
        if sent:
            self._unsent[0] = self._unsent[0][sent:]

    def forget(self) -> None:
        """Nothing more is sent."""
        self._unsent.clear()
        self.size = 0
