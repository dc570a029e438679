"""Rows that were rejected, as a file like the one they came from, with a column `problem`.

The rows are written while they are read, so memory does not grow with their number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.office_open_xml import office_open_xml
from models.order_import.table_file.open_document import open_document
from models.spreadsheet_text import harmless

PROBLEM: Final = "problem"
MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_PART_BYTES: Final = 65_536
_SHEET: Final = "Rejected rows"
_CRLF: Final = "\r\n"
_NUMBER = re.compile(r"[+-]?\d[\d.,]*", re.ASCII).fullmatch

Rows = Iterable[Sequence[str]]


def rejected_rows_file(
    dialect: Dialect, header: Sequence[str], rows: Iterable[tuple[Sequence[str], str]]
) -> Iterator[bytes]:
    """`header` and `rows`, each with its values and its problem, as a file like `dialect` says.

    It comes in parts while `rows` are read; its beginning comes at once, as it may take long until
    the first rejected row is found. The values are those of the file's own columns; of a damaged
    row, `Damage.likely_values()`. A column `problem` that the file had is replaced. The file reads
    back to the same values; in CSV a value that a spreadsheet would run gets an apostrophe in
    front, which the import removes. In a workbook every cell is text.
    """
    table = _with_problems(header, rows)
    if dialect.format == "xlsx":
        return office_open_xml(_SHEET, table)
    if dialect.format == "ods":
        return open_document(_SHEET, table)
    return _text_parts(dialect, table)


def _with_problems(
    header: Sequence[str], rows: Iterable[tuple[Sequence[str], str]]
) -> Iterator[list[str]]:
    """The problem of a shifted row stands behind its surplus values: whoever deletes the cell that
    is too many moves all of them into their columns."""
    dropped = {at for at, name in enumerate(header) if name.strip().lower() == PROBLEM}
    for values, problem in chain([(header, PROBLEM)], rows):
        padded = [*values, *[""] * (len(header) - len(values))]
        yield [*(value for at, value in enumerate(padded) if at not in dropped), problem]


class _Lines:
    """The lines of a text file; what its encoding lacks becomes a question mark."""

    def __init__(self, dialect: Dialect) -> None:
        self._parts: list[bytes] = []
        self.size = 0
        self._encoding = dialect.encoding
        self._newline = dialect.newline
        if dialect.byte_order_mark:
            self._parts.append("\ufeff".encode(dialect.encoding))

    def write(self, text: str) -> None:
        """Writes a line that ends with CRLF; lone surrogates become the bytes they stand for."""
        text = text.removesuffix(_CRLF) + self._newline
        try:
            line = text.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            line = b"".join(map(self._character, text))
        self._parts.append(line)
        self.size += len(line)

    def take(self) -> bytes:
        """What was written since the last call."""
        taken = b"".join(self._parts)
        self._parts, self.size = [], 0
        return taken

    def _character(self, character: str) -> bytes:
        try:
            return character.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            return "?".encode(self._encoding)


def _text_parts(dialect: Dialect, table: Rows) -> Iterator[bytes]:
    lines = _Lines(dialect)
    if dialect.separator_line:
        lines.write(f"sep={dialect.separator}")
    # With CRLF the writer quotes every value with a CR or LF in it.
    writer = csv.writer(lines, delimiter=dialect.separator, lineterminator=_CRLF)
    for at, values in enumerate(table):
        writer.writerow([value if _NUMBER(value) else harmless(value) for value in values])
        if at == 0 or lines.size >= _PART_BYTES:
            yield lines.take()
    yield lines.take()
