"""A sheet of a workbook (XLSX, ODS) as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import IO, Final, Literal, cast
from zipfile import ZipFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from models.order_import.table_file.cells import UNNAMED_ERROR, Value, cell_text
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.filled_rows import filled_rows
from models.order_import.table_file.kinds import (
    ARCHIVE_ERRORS,
    damaged_workbook,
    protected_workbook,
)
from models.order_import.table_file.records import Record
from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.sheet_marks import SheetMarks, document_marks, workbook_marks
from models.order_import.table_file.text_lines import Readable
from models.order_import.table_file.workbook_archive import (
    check_size,
    percent_styles,
    sheet_part,
)
from models.order_import.table_file.xml_elements import DamagedXml

MAX_PACKED_BYTES: Final = 100_000_000
_SHOWN_SHEETS: Final = 10


def open_workbook(
    source: Readable, kind: Literal["xlsx", "ods"], named: str | None
) -> tuple[Dialect, Callable[[], Iterator[Record]], tuple[str, ...]]:
    """How the workbook is written, what reads the records of its first or its `named` sheet, and
    the names of its first sheets.

    The sheet is held in memory, at most `MAX_CELLS` cells of it. A record's line is its row in the
    sheet. A cell with an error (#REF!) gives its name and counts as odd bytes. Raises `Unreadable`.
    """
    stream = cast("IO[bytes]", source)  # what can seek can do the rest
    _check_packed_size(stream)
    try:
        with ZipFile(stream) as archive:
            check_size(archive)
            sheets = _marks_of_sheets(archive) if kind == "ods" else {}
            stream.seek(0)
            workbook = CalamineWorkbook.from_filelike(stream)
            name = _sheet_name(workbook, named)
            marks = sheets[name] if kind == "ods" else _marks_of_sheet(archive, name)
        sheet = workbook.get_sheet_by_name(name)
    except PasswordError:
        raise protected_workbook() from None
    except (*ARCHIVE_ERRORS, CalamineError, DamagedXml, KeyError):
        raise damaged_workbook() from None
    names = tuple(each.name for each in _tables(workbook)[:_SHOWN_SHEETS])
    read = lambda: filled_rows(_records(sheet, marks))  # noqa: E731
    return Dialect(kind, sheet=name), read, names


def _check_packed_size(stream: IO[bytes]) -> None:
    if stream.seek(0, 2) > MAX_PACKED_BYTES:
        raise refusal(
            "workbook_too_large",
            f"The workbook is larger than {MAX_PACKED_BYTES // 1_000_000} MB: "
            "save it as CSV and import that.",
        )


def _sheet_name(workbook: CalamineWorkbook, named: str | None) -> str:
    """The first sheet that is shown, or the named one, whatever its capital letters."""
    tables = _tables(workbook)
    if not tables:
        raise damaged_workbook()
    if named is None:
        shown = [sheet for sheet in tables if sheet.visible is SheetVisibleEnum.Visible]
        return (shown or tables)[0].name
    wanted = named.strip().casefold()
    for sheet in tables:
        if sheet.name.strip().casefold() == wanted:
            return sheet.name
    names = ", ".join(f"“{sheet.name}”" for sheet in tables[:_SHOWN_SHEETS])
    raise refusal("unknown_sheet", f"The workbook has no sheet “{named[:60]}”; it has {names}.")


def _tables(workbook: CalamineWorkbook) -> list[SheetMetadata]:
    return [sheet for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]


def _marks_of_sheets(archive: ZipFile) -> dict[str, SheetMarks]:
    with archive.open("content.xml") as content:
        return document_marks(content)


def _marks_of_sheet(archive: ZipFile, sheet: str) -> SheetMarks:
    with archive.open(sheet_part(archive, sheet)) as part:
        return workbook_marks(part, percent_styles(archive))


def _records(sheet: CalamineSheet, marks: SheetMarks) -> Iterator[Record]:
    first_column = sheet.start[1] if sheet.start else 0
    rows_with_errors = {row for row, _ in marks.errors}
    for row, values in enumerate(sheet.iter_rows()):
        fields = _texts(values, row, first_column, marks.percentages)
        odd = row in rows_with_errors
        if odd:
            for column, text in enumerate(fields):
                if (row, column + first_column) in marks.errors:
                    fields[column] = text or UNNAMED_ERROR
        if not _is_title(fields, row, first_column, marks):
            yield row + 1, fields, odd


def _texts(
    values: Sequence[Value], row: int, first_column: int, percentages: set[tuple[int, int]]
) -> list[str]:
    if not percentages:
        return [value if type(value) is str else cell_text(value) for value in values]
    return [
        value if type(value) is str else cell_text(value, (row, column) in percentages)
        for column, value in enumerate(values, start=first_column)
    ]


def _is_title(fields: Sequence[str], row: int, first_column: int, marks: SheetMarks) -> bool:
    """Whether the row's only value stands in merged cells: it heads the rows below."""
    if not marks.merged:
        return False
    filled = [column for column, field in enumerate(fields, start=first_column) if field.strip()]
    return len(filled) == 1 and (row, filled[0]) in marks.merged
