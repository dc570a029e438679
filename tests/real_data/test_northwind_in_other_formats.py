"""The Northwind orders as people have them: the same data, hence the same invoices."""

import csv
import io
from datetime import datetime
from pathlib import Path

import xlsxwriter

from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.rejected_rows import write_rejected_rows
from tests.records import Account
from tests.storage.orders_files import counts, import_bytes

NUMBERS = ("line_number", "quantity", "unit_price", "discount_percent", "tax_percent")
PERCENTAGES = ("discount_percent", "tax_percent")
ORDERS = 830

Rows = list[list[str]]


def semicolons_and_decimal_commas(header: list[str], rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow(
            value.replace(".", ",") if name in NUMBERS else value
            for name, value in zip(header, row, strict=True)
        )
    return text.getvalue().encode("windows-1252")


def typed_workbook(header: list[str], rows: Rows) -> bytes:
    """Dates, numbers and percentages as Excel keeps them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        percent = workbook.add_format({"num_format": "0%"})
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, header)
        for at, row in enumerate(rows, start=1):
            for column, (name, value) in enumerate(zip(header, row, strict=True)):
                if name == "order_date":
                    sheet.write_datetime(at, column, datetime.fromisoformat(value), day)
                elif name in PERCENTAGES:
                    sheet.write_number(at, column, float(value or "0") / 100, percent)
                elif name in NUMBERS:
                    sheet.write_number(at, column, float(value))
                else:
                    sheet.write_string(at, column, value)
    return file.getvalue()


def text_cells(header: list[str], rows: Rows) -> bytes:
    """A spreadsheet of LibreOffice's format, as rejected rows are written."""
    file = io.BytesIO()
    write_rejected_rows(file, Dialect("ods"), header, [(row, "") for row in rows])
    return file.getvalue()


def test_the_orders_in_another_format_change_nothing(northwind: Path, clerk: Account) -> None:
    data = (northwind / "orders.csv").read_bytes()
    assert counts(import_bytes(clerk.organization_id, data)) == (ORDERS, 0, 0, 0)
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    for write in (semicolons_and_decimal_commas, typed_workbook, text_cells):
        report = import_bytes(clerk.organization_id, write(header, rows))
        assert (write.__name__, counts(report)) == (write.__name__, (0, 0, ORDERS, 0))
