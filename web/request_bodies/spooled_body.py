"""Where the bodies of requests wait until they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

# A body larger than this is in a temporary file.
MEMORY_BYTES: Final = 64 * 1024


class TooLarge(Exception):
    """The body is larger than its address takes."""


class NoRoom(Exception):
    """The bodies together are larger than this process keeps."""


class Spool:
    """Room for bodies, in bytes; used by one thread."""

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes

    def take(self, count: int) -> None:
        """Raises `NoRoom`."""
        if count > self._left:
            raise NoRoom
        self._left -= count

    def give_back(self, count: int) -> None:
        """Of what was taken."""
        self._left += count


@dataclass(frozen=True, slots=True)
class Spools:
    """The room for bodies that anybody may send, and separate room for those that need admission,
    so that unauthenticated clients cannot use that up."""

    anybodys: Spool
    admitted: Spool


class Body:
    """One body, in memory while it is small."""

    def __init__(self, limit: int, spool: Spool) -> None:
        self._limit = limit
        self._spool = spool
        self._size = 0
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115

    def write(self, data: bytes) -> None:
        """Raises `TooLarge` or `NoRoom`."""
        if self._size + len(data) > self._limit:
            raise TooLarge
        self._spool.take(len(data))
        self._size += len(data)
        self._file.write(data)

    def whole(self) -> IO[bytes]:
        """What was written, from its beginning."""
        self._file.seek(0)
        return cast("IO[bytes]", self._file)

    def close(self) -> None:
        """Gives the room back; may be called again."""
        self._file.close()
        self._spool.give_back(self._size)
        self._size = 0
