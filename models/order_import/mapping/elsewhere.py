"""Where the orders of a file may be that has none where they are looked for."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice

from models.invoicing.finding import Finding
from models.order_import.csv_file.cell_text import shown
from models.order_import.errors import Unreadable
from models.order_import.mapping.choosing import Reading, choose
from models.order_import.table_file.table import Record, Table
from models.order_import.table_file.title_rows import LOOKED_AT


def find_elsewhere(table: Table, reading: Reading, *, header_known: bool) -> list[Finding]:
    """What to say of a table without orders: they are on another sheet, or its header is lower."""
    found = []
    line = None if header_known else _header_line(table, reading)
    if line is not None:
        message = f"The header of an orders file seems to be in row {line:,}, not in the first row."
        remedy = "Delete the rows above it, or move it to the top if the rows are orders."
        found.append(Finding("header_below", message, "header", remedy))
    others = [shown(name) for name in table.sheets if name != table.dialect.sheet]
    if others:
        message = (
            f"The sheet {shown(table.dialect.sheet or '')} was read; the workbook also has "
            f"{', '.join(others)}."
        )
        remedy = "Move the sheet with the orders to the front, or name it (`sheet`, --sheet)."
        found.append(Finding("other_sheets", message, "sheet", remedy))
    return found


def _header_line(table: Table, reading: Reading) -> int | None:
    """The line of a row below the first that is a header we know."""
    rows: list[Record] = []
    with suppress(Unreadable):  # the rows before it will do
        rows.extend(islice(table.records(), 1, LOOKED_AT))
    for line, fields, odd in rows:
        if isinstance(fields, list) and len(fields) > 1:
            alone = Table(table.dialect, partial(iter, [(line, fields, odd)]))
            if choose(alone, Reading(reading.saved)).kind != "unknown":
                return line
    return None
