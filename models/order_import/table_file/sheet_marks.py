"""What a sheet says beside its values, and how many cells it spans.

The reader of the values tells neither percentages nor (in XLSX) errors, and it allocates a cell for
every place up to the last value: a tiny file could claim more than the machine has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Final

from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.xml_elements import Attributes, walk

MAX_CELLS: Final = 5_000_000


@dataclass(slots=True)
class SheetMarks:
    """Cells, by row and column from 0, that hold a percentage or an error, and merged ones.

    `merged` are the first cells of those that are merged with others in their row. `cells_before`
    are the cells of the sheets before, if those are read, too.
    """

    percentages: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    merged: set[tuple[int, int]] = field(default_factory=set)
    cells_before: int = 0
    last_row: int = 0
    last_column: int = 0

    @property
    def cells(self) -> int:
        """The cells of this sheet and those before, whether they have a value or not."""
        return self.cells_before + (self.last_row + 1) * (self.last_column + 1)

    def extend_to(self, row: int, column: int) -> None:
        """Notes that a cell has a value. Raises `Unreadable` if the sheet becomes too large."""
        if row > self.last_row:
            self.last_row = row
        if column > self.last_column:
            self.last_column = column
        if self.cells > MAX_CELLS:
            raise refusal(
                "workbook_too_large",
                f"The workbook has more than {MAX_CELLS:,} cells: save it as CSV and import that.",
            )


def workbook_marks(sheet: IO[bytes], percent_styles: frozenset[str]) -> SheetMarks:
    """The marks of an XLSX sheet; `percent_styles` are the numbers of its percentage styles.

    Raises `Unreadable` and `DamagedXml`.
    """
    marks = SheetMarks()
    places = _Places()
    here: Attributes = {}

    def cell(attributes: Attributes) -> None:
        nonlocal here
        here = attributes
        places.enter(attributes.get("r"))

    def value(_attributes: Attributes) -> None:
        row, column = places.row, places.column
        if row > marks.last_row or column > marks.last_column:
            marks.extend_to(row, column)
        kind = here.get("t")
        if kind == "e":
            marks.errors.add((row, column))
        elif here.get("s") in percent_styles and kind in (None, "n"):
            marks.percentages.add((row, column))

    def merge(attributes: Attributes) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        if last and _place(first)[1] < _place(last)[1]:
            marks.merged.add(_place(first))

    handlers = {"row": places.begin_row, "c": cell, "v": value, "is": value, "mergeCell": merge}
    walk(sheet, handlers)
    return marks


class _Places:
    """Where the cell stands that is read: by its name, which may be left out."""

    def __init__(self) -> None:
        self.row = self.column = -1
        self._row_name = "0"
        self._columns: dict[str, int] = {}

    def begin_row(self, attributes: Attributes) -> None:
        """Goes to a row, the next one if it has no number."""
        self._row_name = attributes.get("r") or str(self.row + 2)
        self.row = int(self._row_name) - 1
        self.column = -1

    def enter(self, name: str | None) -> None:
        """Goes to a cell, the next one of the row if it has no name."""
        if name is None:
            self.column += 1
            return
        letters = name.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = _place(name)[1]
        self.column = known
        if (number := name[len(letters) :]) != self._row_name:
            self._row_name = number
            self.row = int(number) - 1


def document_marks(content: IO[bytes]) -> dict[str, SheetMarks]:
    """The marks of each sheet in the content of an ODS file: they are read together.

    Raises `Unreadable` and `DamagedXml`.
    """
    sheets: dict[str, SheetMarks] = {}
    marks = SheetMarks()
    row = column = -1
    next_row = next_column = 0

    def table(attributes: Attributes) -> None:
        nonlocal marks, next_row
        marks = SheetMarks(cells_before=marks.cells)
        sheets.setdefault(attributes.get("table:name", ""), marks)
        next_row = 0

    def begin_row(attributes: Attributes) -> None:
        nonlocal row, next_row, next_column
        row = next_row
        next_row += int(attributes.get("table:number-rows-repeated", 1))
        next_column = 0

    def cell(attributes: Attributes) -> None:
        nonlocal column, next_column
        column = next_column
        next_column += int(attributes.get("table:number-columns-repeated", 1))
        kind = attributes.get("office:value-type")
        if kind is None:
            return
        marks.extend_to(next_row - 1, next_column - 1)
        places = ((r, c) for r in range(row, next_row) for c in range(column, next_column))
        if kind == "percentage":
            marks.percentages.update(places)
        elif attributes.get("calcext:value-type") == "error":
            marks.errors.update(places)
        if int(attributes.get("table:number-columns-spanned", 1)) > 1:
            marks.merged.add((row, column))

    walk(
        content,
        {"table": table, "table-row": begin_row, "table-cell": cell, "covered-table-cell": cell},
    )
    return sheets


def _place(name: str) -> tuple[int, int]:
    """Row and column of a cell such as B7, from 0."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(name[len(letters) :]) - 1, column - 1
