"""What separates the values of a text file, found by looking at its first rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from models.order_import.table_file.title_rows import MOST_OF_A_TITLE, count_titles

SEPARATORS: Final = (",", ";", "\t", "|")
_ROWS_LOOKED_AT: Final = 20
# Excel's hint for itself, above the header; another program may have padded the row.
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?\1*\s*', re.IGNORECASE)


def find_separator(lines: Sequence[str]) -> tuple[str, bool]:
    """The separator, and whether the first of the `lines` only names it (`sep=;`).

    It is the one that cuts the header, the first row but for titles, into the most columns; among
    equals, the one that cuts the most rows like the header. A file of one column counts as
    separated by commas.
    """
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    tables = {mark: _rows(lines[1:] if named else lines, mark) for mark in SEPARATORS}
    found, width = _best(tables)
    if width <= MOST_OF_A_TITLE:
        tables = {mark: rows[count_titles(rows) :] for mark, rows in tables.items()}
        found, width = _best(tables)
    if named is None:
        return found, False
    said = named[1]
    rows = tables[said] if said in tables else _rows(lines[1:], said)
    return (said if rows and _width(rows[0]) >= width else found), True


def _best(tables: Mapping[str, Sequence[Sequence[str]]]) -> tuple[str, int]:
    """The separator that cuts best, and the number of columns of its header."""
    widths = {mark: [_width(row) for row in rows] for mark, rows in tables.items()}
    counted = {mark: (found[0], found.count(found[0])) for mark, found in widths.items() if found}
    if not counted:
        return SEPARATORS[0], 0
    best = max(counted, key=lambda mark: counted[mark])
    return best, counted[best][0]


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The first rows with a value, none if the separator cannot be one."""
    try:
        rows = list(islice(csv.reader(lines, delimiter=separator), _ROWS_LOOKED_AT))
    except csv.Error:
        return []
    return [row for row in rows if _width(row)]


def _width(row: Sequence[str]) -> int:
    """How many values the row has, up to the last that is not empty."""
    return max((at for at, value in enumerate(row, start=1) if value.strip()), default=0)
