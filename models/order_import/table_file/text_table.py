"""A text file as a table: encoding, separator and line ends are found by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import dropwhile
from typing import Final

from models.order_import.table_file.cut_end import EndOfSource, with_end_in_doubt
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.filled_rows import filled_rows
from models.order_import.table_file.records import Record, read_records
from models.order_import.table_file.separators import find_separator
from models.order_import.table_file.text_encoding import as_utf8, find_encoding
from models.order_import.table_file.text_lines import Readable, split_lines

_LOOKED_AT_BYTES: Final = 64 * 1024


def open_text(
    stream: Readable, said_encoding: str | None
) -> tuple[Dialect, Callable[[], Iterator[Record]]]:
    """How the text is written, and what reads its records.

    Raises `Unreadable` for an unknown encoding.
    """
    encoding, marked = find_encoding(stream, said_encoding)
    stream.seek(0)
    lines = _first_lines(as_utf8(stream, encoding).read(_LOOKED_AT_BYTES))
    separator, named = find_separator(lines)
    first = lines[0] if lines else "\n"
    newline = first[len(first.rstrip("\r\n")) :] or "\n"
    dialect = Dialect("csv", separator, encoding, marked, newline, named)

    def records() -> Iterator[Record]:
        stream.seek(0)
        source = EndOfSource(as_utf8(stream, encoding))
        found = read_records(source, separator)
        if named:
            next(found, None)
        return with_end_in_doubt(filled_rows(found), lambda: source.is_open)

    return dialect, records


def _first_lines(data: bytes) -> list[str]:
    """The lines from the first that is not blank on, without one that is cut off."""
    lines = split_lines(data.decode(errors="replace").removeprefix("\ufeff"))
    if len(lines) > 1 and len(data) >= _LOOKED_AT_BYTES:
        lines.pop()
    return list(dropwhile(str.isspace, lines))
