"""Bytes as they arrive, cut into the lines of an orders file.

Only the current record is held in memory, so a file may be of any length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from models.order_import.errors import Unreadable, row_error

CHUNK_BYTES: Final = 256 * 1024
MAX_LINE_BYTES: Final = 10_000_000
# A quote that is never closed would swallow the rest of the file. No real record has this many
# lines, and none of several lines is this long.
MAX_RECORD_LINES: Final = 10_000
MAX_RECORD_CHARACTERS: Final = 1_000_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# This many blank lines in a row are counted instead of being read one by one.
_BLANK_RUN: Final = 256
_BLANK_RUNS: Final = re.compile(
    rb"(?:\A|(?<=[\r\n]))(?:\n{%d,}|(?:\r\n){%d,}|\r{%d,}(?!\n))"
    % (_BLANK_RUN, _BLANK_RUN, _BLANK_RUN)
)
_LINES: Final = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Source(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


class Readable(Source, Protocol):
    """A source of bytes that can be read again: an open file, the file of a run."""

    def seek(self, offset: int, /) -> int:
        """Continues at that byte."""
        ...


class RecordTooLong(Exception):
    """A record is longer than any real one: most likely a quote was never closed."""


@dataclass(frozen=True, slots=True)
class _Blanks:
    """Many blank lines in a row, each of which is `text`."""

    count: int
    text: str


_Line = str | _Blanks


class LineReader:
    """Feeds lines to `csv.reader`, and can read the lines of a damaged record again.

    `record` holds the lines of the current record, which begins on line `begins_on`. Blank lines
    between two records are skipped. `odd_bytes` is true if the record may hold NUL or bytes that
    are not UTF-8. `lines_read_again` and `characters_read_again` count over the whole file.
    """

    def __init__(self, stream: Source) -> None:
        self._blocks = _blocks_of_lines(iter(partial(stream.read, CHUNK_BYTES), b""))
        self._block: Iterator[_Line] = iter(())
        self._again: list[_Line] = []
        self._count = 0
        self._size = 0
        self.lines_read_again = 0
        self.characters_read_again = 0
        self.begins_on = 1
        self.odd_bytes = False
        self.record: list[str] = []

    def begin_record(self) -> None:
        """Starts a record with the next line that is not blank."""
        self.record.clear()
        self._size = 0

    def remaining(self) -> Iterator[str]:
        """The lines from the current position on; raises `RecordTooLong`."""
        while (line := self._next()) is not None:
            if isinstance(line, str):
                if self.record or not line.isspace():
                    yield self._take(line)
                else:
                    self._count += 1
            elif self.record:  # a quoted value that spans blank lines
                if line.count > 1:
                    self._again.append(_Blanks(line.count - 1, line.text))
                yield self._take(line.text)
            else:
                self._count += line.count

    def unread_record(self) -> None:
        """Puts back all lines of the current record but the first, to be read again."""
        unread = self.record[1:]
        self._again.extend(reversed(unread))
        self._count -= len(unread)
        self.lines_read_again += len(unread)
        self.characters_read_again += sum(map(len, unread))

    def _next(self) -> _Line | None:
        if self._again:
            return self._again.pop()
        while (line := next(self._block, None)) is None:
            lines, odd_bytes = next(self._blocks, ((), False))
            if not lines:
                return None
            self.odd_bytes = odd_bytes or (self.odd_bytes and bool(self.record))
            self._block = iter(lines)
        return line

    def _take(self, line: str) -> str:
        self._count += 1
        if not self.record:
            self.begins_on = self._count
        self.record.append(line)
        self._size += len(line)
        lines = len(self.record)
        if lines > MAX_RECORD_LINES or (lines > 1 and self._size > MAX_RECORD_CHARACTERS):
            raise RecordTooLong
        return line


def _blocks_of_lines(chunks: Iterable[bytes]) -> Iterator[tuple[list[_Line], bool]]:
    """Blocks of whole lines; the flag of a block says whether a line in it has odd bytes."""
    rest = b""
    count = 0
    for chunk in chunks:
        data = rest + chunk
        # A CR at the end may be the first half of a line end.
        end = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1
        rest = data[end:]
        if end:
            data = data[:end]
            yield _decoded(data if count else data.removeprefix(_BYTE_ORDER_MARK))
            count += data.count(b"\n") + _lone_returns(data)
        if len(rest) > MAX_LINE_BYTES:
            message = f"This line is longer than {MAX_LINE_BYTES:,} bytes; reading stopped here."
            raise Unreadable(row_error(count + 1, None, "line_too_long", message))
    if rest:
        yield _decoded(rest if count else rest.removeprefix(_BYTE_ORDER_MARK))


def _lone_returns(data: bytes) -> int:
    """The number of CR that no LF follows: each ends a line too."""
    return data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0


def split_lines(text: str) -> list[str]:
    """The lines of the text with their ends: LF, CRLF or CR."""
    return _LINES.findall(text)


def _decoded(data: bytes) -> tuple[list[_Line], bool]:
    if not any(blank * _BLANK_RUN in data for blank in (b"\n", b"\r\n", b"\r")):
        return _lines_of(data)
    lines: list[_Line] = []
    odd_bytes = False
    at = 0
    for run in _BLANK_RUNS.finditer(data):
        before, odd = _lines_of(data[at : run.start()])
        text = run[0][: 2 if run[0].startswith(b"\r\n") else 1].decode()
        lines += [*before, _Blanks(len(run[0]) // len(text), text)]
        odd_bytes = odd_bytes or odd
        at = run.end()
    after, odd = _lines_of(data[at:])
    return lines + after, odd_bytes or odd


def _lines_of(data: bytes) -> tuple[list[_Line], bool]:
    try:
        text = data.decode()
        odd_bytes = "\0" in text
    except UnicodeDecodeError:
        text = data.decode(errors="surrogateescape")
        odd_bytes = True
    if _lone_returns(data):
        return list(split_lines(text)), odd_bytes
    lines = text.split("\n")
    last = lines.pop()
    whole: list[_Line] = [line + "\n" for line in lines]
    return ([*whole, last] if last else whole), odd_bytes
