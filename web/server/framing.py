"""Finds where a request's body ends: after N bytes, or with the last chunk (RFC 9112 section 7.1).

A framing moves the bytes of the body out of the buffer, and leaves there what follows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from gunicorn.http.body import CHUNK_EXT_RE
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
    InvalidHeader,
    LimitRequestHeaders,
)

_MAX_LINE_BYTES: Final = 4096
_MAX_TRAILER_BYTES: Final = 16_384
# The lines between chunks may take this many bytes, and one byte more per eight of the body.
# Otherwise a client could keep the loop busy with chunks of one byte, and delay all other clients.
_FREE_OVERHEAD: Final = 16_384
_BYTES_PER_OVERHEAD: Final = 8
_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,15}")
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")

Write = Callable[[bytes], None]


class Framing(Protocol):
    """Finds the end of one body."""

    def feed(self, buffer: bytearray, write: Write) -> bool:
        """Moves the body's bytes from `buffer` to `write`; returns whether the body is complete.

        Raises gunicorn's `ParseException`.
        """
        ...


class Sized:
    """A body of `length` bytes, as Content-Length says."""

    def __init__(self, length: int) -> None:
        self._left = length

    def feed(self, buffer: bytearray, write: Write) -> bool:
        """See `Framing`."""
        self._left -= _move(buffer, self._left, write)
        return self._left == 0


class Chunked:
    """A body in chunks. Trailers are checked and discarded."""

    def __init__(self) -> None:
        self._step: Callable[[bytearray, Write], bool] = self._size
        self._left = 0
        self._trailers = 0
        self._overhead = 0
        self._is_complete = False

    def feed(self, buffer: bytearray, write: Write) -> bool:
        """See `Framing`."""
        while not self._is_complete and self._step(buffer, write):
            pass
        return self._is_complete

    # Each step returns whether the next one can run; otherwise more bytes must arrive first.

    def _size(self, buffer: bytearray, _write: Write) -> bool:
        line = _line(buffer)
        if line is None:
            return False
        size, semicolon, extension = line.partition(b";")
        if semicolon and not CHUNK_EXT_RE.fullmatch(semicolon + extension):
            raise InvalidChunkExtension("invalid chunk extension")
        size = size.rstrip(b" \t") if semicolon else size
        if not _SIZE.fullmatch(size):
            raise InvalidChunkSize(size)
        self._left = int(size, 16)
        self._count_overhead(len(line))
        self._step = self._data if self._left else self._trailer
        return True

    def _count_overhead(self, length: int) -> None:
        """Counts the line that announced a chunk of `_left` bytes."""
        ends = 4  # the CRLF of the line and of the data
        self._overhead += length + ends - self._left // _BYTES_PER_OVERHEAD
        self._overhead = max(self._overhead, 0)
        if self._overhead > _FREE_OVERHEAD:
            raise InvalidChunkSize(b"too many small chunks")

    def _data(self, buffer: bytearray, write: Write) -> bool:
        self._left -= _move(buffer, self._left, write)
        if self._left:
            return False
        self._step = self._end_of_data
        return True

    def _end_of_data(self, buffer: bytearray, _write: Write) -> bool:
        if not b"\r\n".startswith(buffer[:2]):
            raise ChunkMissingTerminator(bytes(buffer[:2]))
        if len(buffer) < 2:
            return False
        del buffer[:2]
        self._step = self._size
        return True

    def _trailer(self, buffer: bytearray, _write: Write) -> bool:
        line = _line(buffer)
        if line is None:
            return False
        if line == b"":
            self._is_complete = True
            return False
        self._trailers += len(line)
        if self._trailers > _MAX_TRAILER_BYTES:
            raise LimitRequestHeaders("limit request trailer section size")
        if not _TRAILER.fullmatch(line):
            raise InvalidHeader("trailer")
        return True


def _move(buffer: bytearray, most: int, write: Write) -> int:
    """Moves at most `most` bytes from the buffer to `write`; returns how many."""
    taken = bytes(memoryview(buffer)[:most])
    if taken:
        write(taken)
        del buffer[: len(taken)]
    return len(taken)


def _line(buffer: bytearray) -> bytes | None:
    """Removes and returns the next line without its CRLF; None if it is not complete yet."""
    end = buffer.find(b"\n", 0, _MAX_LINE_BYTES)
    if end < 0:
        if len(buffer) >= _MAX_LINE_BYTES:
            raise InvalidChunkSize(b"a line without an end")
        return None
    line = bytes(buffer[: end + 1])
    if not line.endswith(b"\r\n"):
        raise InvalidChunkSize(b"bare LF as line terminator")
    del buffer[: end + 1]
    return line[:-2]
