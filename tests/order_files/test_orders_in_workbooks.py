"""Orders that come in a workbook: the faults of spreadsheets cost only their own order."""

import io
from datetime import date
from typing import Any

from models.order_import.csv_file.order import FileOrder
from models.order_import.orders_file import OrdersFile
from tests.order_files.spreadsheets import xlsx
from tests.storage.orders_files import COLUMNS_GIVEN, SELLERS, faults, row

NUMBERS = ("line_number", "quantity", "unit_price")
PERCENTAGES = ("discount_percent", "tax_percent")
COLUMNS = [*COLUMNS_GIVEN, "Lookup"]


def workbook(*rows: dict[str, str] | None) -> io.BytesIO:
    """The rows as Excel keeps them; None is a row of formatted cells, an error begins with #,
    a number in a cell of text with `text:`."""

    def fill(book: Any, sheet: Any) -> None:
        percent = book.add_format({"num_format": "0.0%"})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, COLUMNS)
        for at, values in enumerate(rows, start=1):
            for column, name in enumerate(COLUMNS):
                value = "" if values is None else values.get(name, "")
                if not value:
                    sheet.write_blank(at, column, None, percent)
                elif value.startswith("#"):
                    sheet.write_formula(at, column, "=A99", None, value)
                elif name == "order_date":
                    sheet.write_datetime(at, column, date.fromisoformat(value), day)
                elif name in PERCENTAGES:
                    sheet.write_number(at, column, float(value) / 100, percent)
                elif value.startswith("text:"):
                    sheet.write_string(at, column, value.removeprefix("text:"))
                elif name in NUMBERS:
                    sheet.write_number(at, column, float(value))
                else:
                    sheet.write_string(at, column, value)

    return xlsx(fill)


def read(*rows: dict[str, str] | None) -> tuple[OrdersFile, dict[str, FileOrder]]:
    file = OrdersFile(workbook(*rows), SELLERS)
    return file, {order.number: order for batch in file.batches() for order in batch}


def test_an_order_is_the_same_as_in_a_csv_file() -> None:
    file, orders = read(row(tax_percent="5.5", unit_price="0.07"), None, row(line_number="2"))
    assert faults(file) == []
    order = orders["A-1"]
    assert order.head is not None
    assert (order.head.order_date, order.head.postal_code) == (date(2026, 3, 1), "20457")
    assert sorted(order.lines) == [1, 2]
    first = order.lines[1]
    assert (first.quantity, first.unit_price, first.tax_percent) == ("2", "0.07", "5.5")


def test_blank_rows_anywhere_are_skipped_and_lines_stay_rows() -> None:
    rows = [row(), *[None] * 200, row(order_number="A-2", unit_price="", quantity="3")]
    file, orders = read(*rows, *[None] * 50)
    assert faults(file) == [(203, "unit_price", "missing_value")]
    assert list(orders) == ["A-1"]


def test_an_error_in_a_cell_rejects_its_order_if_the_column_is_read() -> None:
    file, orders = read(
        row(),
        row(order_number="A-2", street="#N/A"),
        row(order_number="A-3", quantity="#DIV/0!"),
        row(order_number="A-4", Lookup="#REF!"),
    )
    assert faults(file) == [
        (3, "street", "spreadsheet_error"),
        (4, "quantity", "spreadsheet_error"),
    ]
    assert sorted(orders) == ["A-1", "A-4"]
    assert file.rejected == 2


def test_an_error_in_place_of_an_order_number_leaves_no_order_short() -> None:
    file, orders = read(row(), row(order_number="#REF!", line_number="2"), row(line_number="3"))
    assert orders == {}
    assert file.errors.count > 0


def test_a_number_of_a_cell_is_exact_beside_texts_with_a_decimal_comma() -> None:
    texts = [row(order_number=f"T-{n}", unit_price="text:12,50") for n in range(3)]
    file, orders = read(
        *texts, row(unit_price="1.125"), row(order_number="A-2", unit_price="text:1.125")
    )
    assert faults(file) == []
    prices = {number: order.lines[1].unit_price for number, order in orders.items()}
    assert prices == {**{f"T-{n}": "12.50" for n in range(3)}, "A-1": "1.125", "A-2": "1125"}
