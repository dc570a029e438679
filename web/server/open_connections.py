"""The open connections of a process, and the limits: in all, per address, and of unsent bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from web.server.connection import Connection

# The most bytes of unread answers, over all connections.
MAX_UNSENT_BYTES: Final = 256 * 1024 * 1024


class OpenConnections:
    """When a limit is reached, the connection that has been idle for longest is closed to accept a
    new one. A connection whose request is being worked on is never closed."""

    def __init__(self, limit: int, limit_per_address: int | None) -> None:
        """`limit_per_address` is None behind a proxy, because all connections come from it."""
        self._limit = limit
        self._limit_per_address = limit_per_address
        self._connections: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._unsent: dict[Connection, int] = {}
        self._unsent_bytes = 0

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        """A copy: connections may be added and removed meanwhile."""
        return iter(list(self._connections))

    @property
    def has_room(self) -> bool:
        """Whether one more can be accepted, if necessary in place of an idle one."""
        return len(self) < self._limit or any(one.is_waiting for one in self._connections)

    @property
    def has_too_much_unsent(self) -> bool:
        """Whether the unread answers exceed their limit."""
        return self._unsent_bytes > MAX_UNSENT_BYTES

    def add(self, connection: Connection) -> Connection | None:
        """Adds a connection; returns the one to close in its place: itself if none is idle."""
        self._connections.add(connection)
        self._by_address[connection.source] += 1
        limit = self._limit_per_address
        if limit is not None and self._by_address[connection.source] > limit:
            return self.longest_idle(connection.source, besides=connection) or connection
        if len(self) > self._limit:
            return self.longest_idle(besides=connection) or connection
        return None

    def remove(self, connection: Connection) -> None:
        """Forgets a connection that was closed."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._by_address[connection.source] -= 1
            if not self._by_address[connection.source]:
                del self._by_address[connection.source]
            self._unsent_bytes -= self._unsent.pop(connection, 0)

    def count_unsent(self, connection: Connection) -> None:
        """Updates the total after a connection has sent, paused or continued."""
        unsent = connection.unsent_bytes if connection in self._connections else 0
        self._unsent_bytes += unsent - self._unsent.pop(connection, 0)
        if unsent:
            self._unsent[connection] = unsent

    def longest_idle(
        self, source: str | None = None, *, besides: Connection | None = None
    ) -> Connection | None:
        """The longest idle of the connections (of one address) that wait for their client."""
        waiting = [
            one
            for one in self._connections
            if one.is_waiting and one is not besides and source in (None, one.source)
        ]
        return min(waiting, key=lambda one: one.active_at, default=None)
