"""The connections of a process: how many there may be, of all and of one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from web.server.connection import Connection


class Crowd:
    """All open connections. When there is one too many, the longest idle of those that wait for
    their client is closed; a request that is being worked on is never dropped."""

    def __init__(self, most: int, most_of_one: int | None) -> None:
        """`most_of_one` bounds the connections of one address; None where a proxy makes them."""
        self._most = most
        self._most_of_one = most_of_one
        self._connections: set[Connection] = set()
        self._of_source: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        """Those of now; what is added or removed meanwhile does not matter."""
        return iter(list(self._connections))

    @property
    def has_room(self) -> bool:
        """Whether one more can come, if need be in the place of one that waits."""
        return len(self) < self._most or any(one.is_waiting for one in self._connections)

    def add(self, connection: Connection) -> Connection | None:
        """Takes a connection in; returns the one that has to go for it, itself if none waits."""
        self._connections.add(connection)
        self._of_source[connection.source] += 1
        most = self._most_of_one
        if most is not None and self._of_source[connection.source] > most:
            return self.stillest(connection.source, besides=connection) or connection
        if len(self) > self._most:
            return self.stillest(besides=connection) or connection
        return None

    def remove(self, connection: Connection) -> None:
        """One that was closed."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._of_source[connection.source] -= 1
            if not self._of_source[connection.source]:
                del self._of_source[connection.source]

    def stillest(
        self, source: str | None = None, *, besides: Connection | None = None
    ) -> Connection | None:
        """Of those that wait for their client (of one address), the one that has for longest."""
        waiting = [
            one
            for one in self._connections
            if one.is_waiting and one is not besides and source in (None, one.source)
        ]
        return min(waiting, key=lambda one: one.moved_at, default=None)
