"""Titles above the header are no rows of the table; a header elsewhere is named."""

import io

import pytest

from models.order_import.mapping.choosing import Reading
from models.order_import.mapping.elsewhere import find_elsewhere
from models.order_import.orders_file import OrdersFile
from models.order_import.table_file.table import open_table
from models.order_import.table_file.title_rows import count_titles
from tests.order_files.reading import lines_of, rows_of
from tests.order_files.spreadsheets import xlsx, xlsx_of
from tests.storage.orders_files import COLUMNS_GIVEN, SELLERS, row

HEADER = ["Nr", "Datum", "Kunde", "Menge", "Preis"]
ROW = ["A-1", "27.11.2026", "K-1", "2", "12,50"]
TITLES = {
    "one": [["Orders of November"]],
    "two and a blank row": [["Orders"], ["made on", "28.11.2026"], []],
    "padded": [["", "", "Orders", "", ""]],
    "a date": [["Orders, Bonn"], ["", "28.11.2026"]],
}


def text_of(rows: list[list[str]], separator: str) -> io.BytesIO:
    return io.BytesIO("".join(separator.join(row) + "\n" for row in rows).encode())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("titles", TITLES)
def test_titles_above_the_header_are_left_out(titles: str, kind: str) -> None:
    rows = [*TITLES[titles], HEADER, ROW]
    file = text_of(rows, ";") if kind == "csv" else xlsx_of(rows)
    assert rows_of(file) == [HEADER, ROW]
    assert lines_of(file) == [len(rows) - 1, len(rows)]


@pytest.mark.parametrize(
    ("rows", "titles"),
    [
        ([HEADER, ROW], 0),
        ([["a", "b", "c"], HEADER], 0),
        ([["a", "b"], ["c", "d"]], 0),
        ([*[["a"]] * 9, HEADER], 9),
        ([*[["a"]] * 10, HEADER], 0),
        ([["a"], ["b", "c", "d"], HEADER], 0),
        ([], 0),
    ],
)
def test_only_short_rows_just_above_a_long_one_are_titles(
    rows: list[list[str]], titles: int
) -> None:
    assert count_titles(rows) == titles


def test_orders_below_a_title_are_read() -> None:
    values = row(description="Lamp")
    lines = [",".join(COLUMNS_GIVEN), ",".join(values[name] for name in COLUMNS_GIVEN)]
    file = OrdersFile(io.BytesIO(("Orders of November\n" + "\n".join(lines)).encode()), SELLERS)
    assert [order.number for batch in file.batches() for order in batch] == ["A-1"]


def test_a_header_below_other_rows_is_named_and_nothing_is_lost_silently() -> None:
    data = "x,y,z\n" + ",".join(COLUMNS_GIVEN) + "\n" + ",".join(row().values()) + "\n"
    file = OrdersFile(io.BytesIO(data.encode()), SELLERS)
    assert [order for batch in file.batches() for order in batch] == []
    found = {error.code: error.message for error in file.errors.kept}
    assert "row 2" in found["header_below"]


def test_the_other_sheets_of_a_workbook_are_named_where_the_first_has_no_orders() -> None:
    def fill(book: object, sheet: object) -> None:
        sheet.write_row(0, 0, ["a", "b"])  # type: ignore[attr-defined]
        book.add_worksheet("March")  # type: ignore[attr-defined]

    table = open_table(xlsx(fill))
    (found,) = find_elsewhere(table, Reading(), header_known=False)
    assert (found.code, found.field) == ("other_sheets", "sheet")
    assert "“March”" in found.message
    assert "--sheet" in found.remedy
