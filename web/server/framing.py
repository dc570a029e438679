"""Where a request's body ends: after so many bytes, or with the last chunk (RFC 9112 section 7.1).

A framing is fed with what has come. It takes its part out of the buffer, and leaves there what
follows the body.
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

_LONGEST_LINE: Final = 4096
_LONGEST_TRAILERS: Final = 16_384
# What the lines between chunks may come to, besides one byte for eight of the body: chunks of a
# byte each would keep the loop busy, which reads for everybody.
_FREE_OVERHEAD: Final = 16_384
_BYTES_PER_OVERHEAD: Final = 8
_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,15}")
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")

Write = Callable[[bytes], None]


class Framing(Protocol):
    """Knows where a body ends."""

    def feed(self, buffer: bytearray, write: Write) -> bool:
        """Moves the body's bytes from `buffer` to `write`; whether the body is whole.

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
    """A body in chunks. Trailers are checked and thrown away."""

    def __init__(self) -> None:
        self._step: Callable[[bytearray, Write], bool] = self._size
        self._left = 0
        self._trailers = 0
        self._overhead = 0
        self._is_whole = False

    def feed(self, buffer: bytearray, write: Write) -> bool:
        """See `Framing`."""
        while not self._is_whole and self._step(buffer, write):
            pass
        return self._is_whole

    # Each step says whether the next one can be tried; otherwise more has to come first.

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
        """A chunk of `_left` bytes has been announced by a line of so many bytes."""
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
            self._is_whole = True
            return False
        self._trailers += len(line)
        if self._trailers > _LONGEST_TRAILERS:
            raise LimitRequestHeaders("limit request trailer section size")
        if not _TRAILER.fullmatch(line):
            raise InvalidHeader("trailer")
        return True


def _move(buffer: bytearray, most: int, write: Write) -> int:
    """Writes at most so many bytes of the buffer, and takes them out of it; how many they were."""
    taken = bytes(memoryview(buffer)[:most])
    if taken:
        write(taken)
        del buffer[: len(taken)]
    return len(taken)


def _line(buffer: bytearray) -> bytes | None:
    """The next line without its CRLF, taken out of the buffer; None if it has not come whole."""
    end = buffer.find(b"\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(buffer) >= _LONGEST_LINE:
            raise InvalidChunkSize(b"a line without an end")
        return None
    line = bytes(buffer[: end + 1])
    if not line.endswith(b"\r\n"):
        raise InvalidChunkSize(b"bare LF as line terminator")
    del buffer[: end + 1]
    return line[:-2]
