"""What a sheet says beside its values, and how many cells it spans.

The reader of the values tells neither percentages nor errors, and it allocates a cell for every
place up to the last value: a tiny file could claim more than the machine has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Final

from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.xml_elements import Attributes, DamagedXml, named, walk

MAX_CELLS: Final = 5_000_000
MAX_ROWS: Final = 1 << 20
MAX_COLUMNS: Final = 1 << 14
_WORKBOOK: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_DOCUMENT: Final = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE: Final = f"{_DOCUMENT}table:1.0"
_OFFICE: Final = f"{_DOCUMENT}office:1.0"
_CALC: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


@dataclass(slots=True)
class SheetMarks:
    """Cells, by row and column from 0, that hold a percentage or an error, and merged ones.

    `merged` are the first cells of those that are merged with others in their row.
    """

    percentages: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: set[tuple[int, int]] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0

    def extend_to(self, row: int, column: int) -> None:
        """Notes that a cell has a value. Raises `Unreadable` if the sheet becomes too large."""
        if row > self.last_row:
            self.last_row = row
        if column > self.last_column:
            self.last_column = column
        if (self.last_row + 1) * (self.last_column + 1) > MAX_CELLS:
            raise refusal(
                "workbook_too_large",
                f"The sheet spans more than {MAX_CELLS:,} cells: save it as CSV and import that.",
            )


def workbook_marks(sheet: IO[bytes], percent_styles: frozenset[str]) -> SheetMarks:
    """The marks of an XLSX sheet; `percent_styles` are the numbers of its percentage styles.

    Raises `Unreadable` and `DamagedXml`.
    """
    marks = SheetMarks()
    at = (-1, -1)
    style = kind = ""
    is_value = False

    def row(attributes: Attributes) -> None:
        nonlocal at
        at = (int(attributes.get("r", at[0] + 2)) - 1, -1)

    def cell(attributes: Attributes) -> None:
        nonlocal at, style, kind, is_value
        name = attributes.get("r")
        at = _place(name) if name else (at[0], at[1] + 1)
        style, kind, is_value = attributes.get("s", ""), attributes.get("t", ""), False

    def value(_attributes: Attributes) -> None:
        nonlocal is_value
        is_value = True
        marks.extend_to(*at)
        if style in percent_styles and kind in ("", "n"):
            marks.percentages.add(at)

    def text(characters: str) -> None:
        if kind == "e" and is_value:
            marks.errors[at] = marks.errors.get(at, "") + characters

    def end_of_value(_attributes: Attributes) -> None:
        nonlocal is_value
        is_value = False

    def merge(attributes: Attributes) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        if last and _place(first)[1] < _place(last)[1]:
            marks.merged.add(_place(first))

    handlers = named(*_WORKBOOK, row=row, c=cell, v=value, f=end_of_value, mergeCell=merge)
    handlers = {**handlers, **named(*_WORKBOOK, **{"is": value})}
    _walk_numbers(sheet, handlers, text)
    return marks


def document_marks(content: IO[bytes], sheet: str) -> SheetMarks:
    """The marks of the sheet of that name in the content of an ODS file.

    Raises `Unreadable` and `DamagedXml`.
    """
    marks = SheetMarks()
    here = False
    row = column = -1
    next_row = next_column = 0

    def table(attributes: Attributes) -> None:
        nonlocal here, next_row
        here = attributes.get(f"{_TABLE} name") == sheet
        next_row = 0

    def begin_row(attributes: Attributes) -> None:
        nonlocal row, next_row, next_column
        row = next_row
        next_row += int(attributes.get(f"{_TABLE} number-rows-repeated", 1))
        next_column = 0

    def cell(attributes: Attributes) -> None:
        nonlocal column, next_column
        column = next_column
        next_column += int(attributes.get(f"{_TABLE} number-columns-repeated", 1))
        kind = attributes.get(f"{_OFFICE} value-type")
        if not here or kind is None:
            return
        marks.extend_to(next_row - 1, next_column - 1)
        places = ((r, c) for r in range(row, next_row) for c in range(column, next_column))
        if kind == "percentage":
            marks.percentages.update(places)
        elif attributes.get(f"{_CALC} value-type") == "error":
            marks.errors.update(dict.fromkeys(places, ""))
        if int(attributes.get(f"{_TABLE} number-columns-spanned", 1)) > 1:
            marks.merged.add((row, column))

    handlers = named(_TABLE, table=table, table_row=begin_row, table_cell=cell)
    handlers = {**handlers, **named(_TABLE, covered_table_cell=cell)}
    _walk_numbers(content, handlers, None)
    return marks


def _walk_numbers(
    file: IO[bytes],
    handlers: dict[str, Callable[[Attributes], None]],
    text: Callable[[str], None] | None,
) -> None:
    try:
        walk(file, handlers, text=text)
    except ValueError as error:  # a number that is none
        raise DamagedXml from error


@lru_cache(maxsize=MAX_COLUMNS)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _place(name: str) -> tuple[int, int]:
    """Row and column of a cell such as B7, from 0."""
    letters = name.rstrip("0123456789")
    return int(name[len(letters) :]) - 1, _column(letters.upper().replace("$", ""))
