"""The one way into a file of rows: its dialect, and its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.records import Damage, read_records
from models.order_import.table_file.text_lines import Readable

# The line on which a record begins, its fields or why it has none, and whether the fields may hold
# NUL or what was no text in the file's encoding (it becomes lone surrogates).
Record = tuple[int, list[str] | Damage, bool]


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows: how it is written, and its records from the first row, the header, on."""

    dialect: Dialect
    read: Callable[[], Iterator[Record]]

    def records(self) -> Iterator[Record]:
        """The records in the order of the file, from the first each time. Raises `Unreadable`."""
        return self.read()


def open_table(stream: Readable, *, encoding: str | None = None, sheet: str | None = None) -> Table:
    """The table that `stream` holds; the stream can seek and is read while the records are.

    `encoding` is what the user says of a CSV file, None to find it by looking; `sheet` names a
    sheet of a workbook, None means its first. Raises `Unreadable`.
    """
    dialect = Dialect(encoding=encoding or "utf-8", sheet=sheet)

    def read() -> Iterator[Record]:
        stream.seek(0)
        return read_records(stream, dialect.separator)

    return Table(dialect, read)
