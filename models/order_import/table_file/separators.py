"""What separates the values of a text file, found by looking at its first rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

SEPARATORS: Final = (",", ";", "\t", "|")
_ROWS_LOOKED_AT: Final = 20
# Excel's hint for itself, above the header; another program may have padded the row.
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?\1*\s*', re.IGNORECASE)


def find_separator(lines: Sequence[str]) -> tuple[str, bool]:
    """The separator, and whether the first of the `lines` only names it (`sep=;`).

    It is the one that cuts the header into the most columns; among equals, the one that cuts the
    most rows like the header. A file of one column counts as separated by commas.
    """
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    rows = lines[1:] if named else lines
    widths = {mark: _widths(rows, mark) for mark in SEPARATORS}
    found = max(SEPARATORS, key=lambda mark: widths[mark])
    if named is None:
        return found, False
    said = named[1]
    return (said if _widths(rows, said)[0] >= widths[found][0] else found), True


def _widths(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """The number of columns of the header, and how many rows have as many."""
    try:
        rows = list(islice(csv.reader(lines, delimiter=separator), _ROWS_LOOKED_AT))
    except csv.Error:
        return 0, 0
    widths = [width for row in rows if (width := _without_empty_end(row))]
    return (widths[0], widths.count(widths[0])) if widths else (0, 0)


def _without_empty_end(row: list[str]) -> int:
    """How many values the row has, up to the last that is not empty."""
    return max((at for at, value in enumerate(row, start=1) if value.strip()), default=0)
