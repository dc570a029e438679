"""The one way into a file of rows, whatever program wrote it: its dialect, and its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.kinds import recognize
from models.order_import.table_file.records import Record
from models.order_import.table_file.text_lines import Readable
from models.order_import.table_file.text_table import open_text
from models.order_import.table_file.workbook import open_workbook

__all__ = ["Record", "Table", "open_table"]


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows: how it is written, and its records from the header on.

    `sheets` are the first sheets of a workbook, `dialect.sheet` is the one that is read.
    """

    dialect: Dialect
    read: Callable[[], Iterator[Record]]
    sheets: tuple[str, ...] = ()

    def records(self) -> Iterator[Record]:
        """The records in the order of the file, from the first each time. Raises `Unreadable`.

        Titles above the header are left out, rows without any value, and values without text behind
        the last column that has a name.
        """
        return self.read()


def open_table(stream: Readable, *, encoding: str | None = None, sheet: str | None = None) -> Table:
    """The table that `stream` holds.

    The stream is read again with each call of `records`. `encoding` (one of
    `text_encoding.ENCODINGS`) is what the user says of a CSV file, None to find it by looking;
    `sheet` names a sheet of a workbook, None means its first. Raises `Unreadable` for a file that
    is no table, with one sentence that says what it is.
    """
    kind = recognize(stream)
    if kind == "text":
        return Table(*open_text(stream, encoding))
    return Table(*open_workbook(stream, kind, sheet))
