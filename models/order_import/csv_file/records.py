"""Bytes as they arrive, cut into CSV records that know the line on which they begin.

Nothing is held but the record at hand, so a file may be of any length. A damaged record is named
and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from models.order_import.csv_file.errors import Unreadable, row_error

CHUNK_BYTES: Final = 256 * 1024
MAX_LINE_BYTES: Final = 1_000_000
# A quote that is never closed would swallow the rest of the file; no true record is this long.
MAX_RECORD_CHARACTERS: Final = 100_000
# What such a quote swallowed is read again: not without limit.
MAX_CHARACTERS_READ_AGAIN: Final = 10_000_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# So many blank lines in a row are counted instead of being read one by one.
_BLANK_RUN: Final = 256
_BLANK_RUNS: Final = re.compile(
    rb"(?:\A|(?<=\n))(?:\n{%d,}|(?:\r\n){%d,})" % (_BLANK_RUN, _BLANK_RUN)
)


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a record could not be read; `text` is its first line as it stands in the file."""

    code: str
    message: str
    text: str


class Readable(Protocol):
    """What gives bytes: an open file, standard input, the body of a request."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


def read_records(stream: Readable) -> Iterator[tuple[int, list[str] | Damage, bool]]:
    """The line on which each record begins, its fields, and whether they need a second look.

    A second look is needed near bytes that are not UTF-8, which become lone surrogates, and near
    NUL. Lines of nothing but spaces are left out; a byte order mark is taken off. Raises
    `Unreadable`.
    """
    lines = _Lines(iter(partial(stream.read, CHUNK_BYTES), b""))
    reader = csv.reader(lines.following(), strict=True)
    while True:
        lines.begin_record()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RecordTooLong) as error:
            yield lines.begins_on, _damage(error, lines.taken[0]), lines.suspicious
            if lines.give_back() > MAX_CHARACTERS_READ_AGAIN:
                message = "Quotes are left open on too many lines; reading stopped here."
                fault = row_error(lines.begins_on, None, "too_many_unclosed_quotes", message)
                raise Unreadable(fault) from error
            reader = csv.reader(lines.following(), strict=True)
        else:
            yield lines.begins_on, fields, lines.suspicious


def _damage(error: Exception, text: str) -> Damage:
    if isinstance(error, _RecordTooLong) or "unexpected end" in str(error):
        return Damage("unclosed_quote", "A quote is opened on this line and never closed.", text)
    if "field larger" in str(error):
        return Damage("value_too_long", "A value on this line is far too long.", text)
    message = (
        "This line is not well-formed CSV: text follows a closing quote, or a line break in a "
        "value is not quoted."
    )
    return Damage("malformed_row", message, text)


class _RecordTooLong(Exception):
    """A record went on for longer than any true one."""


@dataclass(frozen=True, slots=True)
class _Blanks:
    """Many blank lines in a row, each of which reads `text`."""

    count: int
    text: str


_Line = str | _Blanks


class _Lines:
    """The lines of the file for `csv.reader`, which can be given back.

    The record at hand begins on line `begins_on`; between two records blank lines are left out.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._blocks = _blocks_of_lines(chunks)
        self._block: Iterator[_Line] = iter(())
        self._again: list[_Line] = []
        self._count = 0
        self._size = 0
        self._given_back = 0
        self.begins_on = 1
        self.suspicious = False
        self.taken: list[str] = []

    def begin_record(self) -> None:
        """The next line that is not blank is the first of a record."""
        self.taken.clear()
        self._size = 0

    def following(self) -> Iterator[str]:
        """The lines from here on; raises `_RecordTooLong`."""
        while (line := self._next()) is not None:
            if isinstance(line, str):
                if self.taken or not line.isspace():
                    yield self._take(line)
                else:
                    self._count += 1
            elif self.taken:  # a value that goes on over blank lines
                if line.count > 1:
                    self._again.append(_Blanks(line.count - 1, line.text))
                yield self._take(line.text)
            else:
                self._count += line.count

    def give_back(self) -> int:
        """Lets all lines but the first of the record at hand be read again.

        Returns how many characters were given back so far.
        """
        given = self.taken[1:]
        self._again.extend(reversed(given))
        self._count -= len(given)
        self._given_back += sum(map(len, given))
        return self._given_back

    def _next(self) -> _Line | None:
        if self._again:
            return self._again.pop()
        while (line := next(self._block, None)) is None:
            lines, suspicious = next(self._blocks, ((), False))
            if not lines:
                return None
            self.suspicious = suspicious or (self.suspicious and bool(self.taken))
            self._block = iter(lines)
        return line

    def _take(self, line: str) -> str:
        self._count += 1
        if not self.taken:
            self.begins_on = self._count
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD_CHARACTERS and len(self.taken) > 1:
            raise _RecordTooLong
        return line


def _blocks_of_lines(chunks: Iterable[bytes]) -> Iterator[tuple[list[_Line], bool]]:
    """Whole lines, many at once, and whether some hold NUL or bytes that are not UTF-8."""
    rest = b""
    count = 0
    for chunk in chunks:
        whole, newline, rest = (rest + chunk).rpartition(b"\n")
        if newline:
            data = whole + newline
            yield _decoded(data if count else data.removeprefix(_BYTE_ORDER_MARK))
            count += data.count(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            message = f"This line is longer than {MAX_LINE_BYTES:,} bytes; reading stopped here."
            raise Unreadable(row_error(count + 1, None, "line_too_long", message))
    if rest:
        yield _decoded(rest if count else rest.removeprefix(_BYTE_ORDER_MARK))


def _decoded(data: bytes) -> tuple[list[_Line], bool]:
    if b"\n" * _BLANK_RUN not in data and b"\r\n" * _BLANK_RUN not in data:
        return _lines_of(data)
    lines: list[_Line] = []
    suspicious = False
    at = 0
    for run in _BLANK_RUNS.finditer(data):
        before, unclear = _lines_of(data[at : run.start()])
        text = "\r\n" if run[0].startswith(b"\r") else "\n"
        lines += [*before, _Blanks(len(run[0]) // len(text), text)]
        suspicious = suspicious or unclear
        at = run.end()
    after, unclear = _lines_of(data[at:])
    return lines + after, suspicious or unclear


def _lines_of(data: bytes) -> tuple[list[_Line], bool]:
    try:
        text = data.decode()
        suspicious = "\0" in text
    except UnicodeDecodeError:
        text = data.decode(errors="surrogateescape")
        suspicious = True
    lines = text.split("\n")
    last = lines.pop()
    whole: list[_Line] = [line + "\n" for line in lines]
    return ([*whole, last] if last else whole), suspicious
