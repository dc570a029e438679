"""A workbook's cells become the text that they would be in a CSV file."""

import io
from datetime import date, datetime, time
from typing import Any
from zipfile import ZipFile

import pytest

from models.order_import.table_file import workbook, workbook_archive
from models.order_import.table_file.cells import is_error
from models.order_import.table_file.table import open_table
from tests.order_files.reading import lines_of, refusal_of, rows_of
from tests.order_files.spreadsheets import (
    cell,
    ods,
    ods_row,
    with_parts,
    xlsx,
    xlsx_of,
    xlsx_rows,
)

CELLS: list[tuple[Any, str, str]] = [
    # value, number format, text
    ("01069", "@", "01069"),
    ("two\nlines", "General", "two\nlines"),
    (1069, "General", "1069"),
    (1069, "0.00", "1069"),
    (-2, "General", "-2"),
    (1250.5, "#,##0.00 €", "1250.5"),
    (1250.4999999999998, "General", "1250.5"),
    (0.1 + 0.2, "General", "0.3"),
    (4012345678901, "General", "4012345678901"),
    (0.0000001, "General", "0.0000001"),
    (1e20, "General", "100000000000000000000"),
    (0.19, "0%", "19"),
    (0.055, "0.00%", "5.5"),
    (0.07, '[Red]0.0" of 100" %', "7"),
    (0.19, '0.00"%"', "0.19"),
    (1, "0%", "100"),
    (date(2026, 11, 27), "dd.mm.yyyy", "2026-11-27"),
    (datetime(2026, 11, 27, 13, 30), "dd.mm.yyyy hh:mm", "2026-11-27 13:30:00"),  # noqa: DTZ001
    (time(13, 30), "hh:mm", "13:30:00"),
    (True, "General", "TRUE"),
]


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"constant_memory": True}])
def test_typed_cells_of_xlsx_become_text(options: dict[str, Any]) -> None:
    def fill(book: Any, sheet: Any) -> None:
        for at, (value, shown, _) in enumerate(CELLS):
            style = book.add_format({"num_format": shown})
            write = {str: sheet.write_string, bool: sheet.write_boolean}.get(type(value))
            if isinstance(value, date | time):
                write = sheet.write_datetime
            (write or sheet.write_number)(at, 1, value, style)

    assert rows_of(xlsx(fill, **options)) == [[text] for _, _, text in CELLS]


def test_typed_cells_of_ods_become_text() -> None:
    rows = [
        cell("19 %", "percentage", office_value="0.19"),
        cell("27.11.26", "date", office_date__value="2026-11-27"),
        cell("1.250,50 €", "currency", office_value="1250.5", office_currency="EUR"),
        cell("1250,5", "float", office_value="1250.4999999999998"),
        cell("WAHR", "boolean", office_boolean__value="true"),
        cell("01069"),
        cell("a  b"),
    ]
    texts = ["19", "2026-11-27", "1250.5", "1250.5", "TRUE", "01069", "a  b"]
    assert rows_of(ods("".join(map(ods_row, rows)))) == [[text] for text in texts]


def test_an_error_in_a_cell_is_marked_in_its_column() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b", "c"])
        for column, error in enumerate(["#REF!", "#N/A", "#DIV/0!"]):
            sheet.write_row(column + 1, 0, ["x", "y", "z"])
            sheet.write_formula(column + 1, column, "=A99", None, error)

    for file in (
        xlsx(fill),
        ods(
            ods_row(cell("a"), cell("b"), cell("c"))
            + ods_row(cell("#REF!", calcext_value__type="error"), cell("y"), cell("z"))
            + ods_row(cell("x"), cell("#N/A", calcext_value__type="error"), cell("z"))
            + ods_row(cell("x"), cell("y"), cell("Err:502", calcext_value__type="error"))
        ),
    ):
        records = list(open_table(file).records())
        assert [odd for _, _, odd in records] == [False, True, True, True]
        wrong = [[is_error(value) for value in fields] for _, fields, _ in records[1:]]
        assert wrong == [[True, False, False], [False, True, False], [False, False, True]]


def test_a_line_is_a_row_of_the_sheet() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 1, 1, 3, "Orders of November")
        sheet.write_row(3, 1, ["a", "b", "c"])
        sheet.write_row(4, 1, ["1", "", "3"])
        for row in range(5, 205):
            for column in range(1, 4):
                sheet.write_blank(row, column, None, book.add_format({"num_format": "0%"}))
        sheet.write_row(205, 1, ["4", "5", "6"])

    assert lines_of(xlsx(fill)) == [4, 5, 206]
    assert rows_of(xlsx(fill)) == [["a", "b", "c"], ["1", "", "3"], ["4", "5", "6"]]
    title = cell("Orders of November", table_number__columns__spanned="3")
    rows = (
        ods_row(title, "<table:covered-table-cell/>" * 2)
        + ods_row("<table:table-cell/>", repeated=2)
        + ods_row(cell("a"), cell("b"))
        + ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=200)
        + ods_row(cell("1"), cell("2"))
        + ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_048_371)
    )
    assert lines_of(ods(rows)) == [4, 205]


def test_cells_are_written_in_several_ways() -> None:
    rows = (
        '<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
        '<row r="3"><c r="A3" t="str"><f>1</f><v>x</v></c><c r="B3"><v>1.5</v></c></row>'
    )
    assert rows_of(xlsx_rows(rows)) == [["a", "b"], ["x", "1.5"]]


def test_the_first_sheet_that_is_shown_or_the_named_one_is_read() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "hidden")
        sheet.hide()
        shown = book.add_worksheet("Bestellungen & mehr")
        shown.write_string(0, 0, "shown")
        shown.activate()
        book.add_worksheet("More").write_string(0, 0, "more")

    file = xlsx(fill)
    assert open_table(file).dialect.sheet == "Bestellungen & mehr"
    assert rows_of(file) == [["shown"]]
    assert rows_of(file, sheet=" more ") == [["more"]]
    assert rows_of(file, sheet="Orders") == [["hidden"]]
    code, message = refusal_of(file, sheet="None")
    assert code == "unknown_sheet"
    assert "“Bestellungen & mehr”" in message


def test_the_sheet_can_be_read_again() -> None:
    table = open_table(xlsx_of([["a", "b"], ["1", "2"]]))
    assert list(table.records()) == list(table.records())
    assert (table.dialect.format, table.dialect.sheet) == ("xlsx", "Orders")


def test_a_sheet_that_claims_too_many_cells_is_refused_before_memory_is_taken() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{0}"><c r="XFD{0}"><v>1</v></c></row>'
    unnamed = f"<row>{'<c><v>1</v></c>' * 9_000}</row>" + "<row><c><v>1</v></c></row>" * 9_000
    value = {"office_value": "1"}
    repeated = cell("1", "float", table_number__columns__repeated="16384", **value)
    for file in (
        xlsx_rows(far.format(1_048_576)),
        xlsx_rows(far.format(4_294_967_295)),
        xlsx_rows(unnamed),
        ods(ods_row(repeated, repeated=1_000_000)),
        ods(ods_row(cell("1", "percentage", **value), repeated=2_000_000_000)),
    ):
        assert refusal_of(file)[0] == "workbook_too_large"


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_archive, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = with_parts(xlsx_of([["a"]]), {"xl/sharedStrings.xml": b" " * 1_000_001})
    assert refusal_of(bomb)[0] == "workbook_too_large"
    monkeypatch.setattr(workbook, "MAX_PACKED_BYTES", 1_000)
    assert refusal_of(xlsx_of([["a"]]))[0] == "workbook_too_large"


def cut(file: io.BytesIO) -> bytes:
    return file.getvalue()[:-200]


def lying(file: io.BytesIO) -> bytes:
    """The archive says that a part is smaller than it is."""
    with ZipFile(file) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return file.getvalue().replace(size.to_bytes(4, "little"), (size - 9).to_bytes(4, "little"))


DAMAGED = {
    "cut off": cut(xlsx_of([["a"]])),
    "another size": lying(xlsx_of([["a"]])),
    "no sheet": with_parts(xlsx_of([["a"]]), {"xl/worksheets/sheet1.xml": b""}),
    "no workbook": with_parts(xlsx_of([["a"]]), {"xl/workbook.xml": b"<workbook/>"}),
    "a row without a number": xlsx_rows('<row r="x"><c><v>1</v></c></row>'),
    "bytes that are no number": xlsx_rows('<row r="1"><c r="1A"><v>1</v></c></row>'),
    "entities": ods(ods_row(cell("a")), before='<!DOCTYPE x [<!ENTITY e "eeee">]>'),
    "a broken tag": ods("<table:table-row>"),
    "a number that is none": ods(ods_row(cell("a", table_number__columns__repeated="x"))),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_workbook_gets_one_sentence(kind: str) -> None:
    code, message = refusal_of(DAMAGED[kind])
    assert code == "damaged_workbook"
    assert "workbook is damaged" in message


def test_a_protected_workbook_gets_one_sentence() -> None:
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
    for file in (
        compound + "EncryptedPackage".encode("utf-16-le"),
        ods("", manifest='<manifest:encryption-data manifest:checksum="x"/>'),
    ):
        assert refusal_of(file)[0] == "protected_workbook"
