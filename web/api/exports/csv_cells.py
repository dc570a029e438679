"""Cells of CSV files that are opened with spreadsheets (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final

from models.spreadsheet_text import harmless

Cell = str | int | Decimal | None
_ROWS_AT_ONCE: Final = 1_000


def plain(cell: Cell) -> str:
    """The cell's text, changed if a spreadsheet would take it for a formula; empty for None."""
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def csv_parts(columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The header at once, then the rows while they are read, in parts."""
    yield _written([columns])
    rest = iter(rows)
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        yield _written(some)


def _written(rows: Iterable[Iterable[Cell]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([plain(cell) for cell in row] for row in rows)
    return file.getvalue()
