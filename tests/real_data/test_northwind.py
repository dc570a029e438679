"""830 orders of the Northwind sample database, imported and invoiced through the API.

`expected.csv` was computed from the same orders by another program.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dramatiq
import pytest
import xlsxwriter

from models.invoicing.currency import round_money
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.rejected_rows_file import rejected_rows_file
from tests.http.conftest import Api
from tests.waiting import wait_for

ORDERS = 830
LINES = 2_155
FREIGHT_LINES = 830
NUMBERS = ("line_number", "order_number", "quantity", "unit_price")
PERCENTAGES = ("discount_percent", "tax_percent")

Rows = list[dict[str, str]]


def german(rows: Rows) -> bytes:
    """As a German spreadsheet saves it: semicolons, decimal commas, dates like 27.11.2026."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, rows[0], delimiter=";")
    writer.writeheader()
    for row in rows:
        year, month, day = row["order_date"].split("-")
        numbers = {name: row[name].replace(".", ",") for name in (*NUMBERS, *PERCENTAGES)}
        writer.writerow({**row, **numbers, "order_date": f"{day}.{month}.{year}"})
    return file.getvalue().encode("cp1252")


def workbook(rows: Rows) -> bytes:
    """As a workbook: dates, numbers and percentages are cells of their own type."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd.mm.yyyy"}) as book:
        percentage = book.add_format({"num_format": "0%"})
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, rows[0])
        for at, row in enumerate(rows, start=1):
            for column, (name, value) in enumerate(row.items()):
                if name == "order_date":
                    sheet.write_datetime(at, column, datetime.fromisoformat(value))
                elif name in PERCENTAGES and value:
                    sheet.write_number(at, column, float(value) / 100, percentage)
                elif name in NUMBERS:
                    sheet.write_number(at, column, float(value))
                else:
                    sheet.write_string(at, column, value)
    return file.getvalue()


def text_cells(rows: Rows) -> bytes:
    """A spreadsheet of LibreOffice's format, as rejected rows are written."""
    values = [([*row.values()], "") for row in rows]
    return b"".join(rejected_rows_file(Dialect("ods"), [*rows[0]], values))


OTHER_FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "semicolons, decimal commas, Windows-1252": german,
    "workbook": workbook,
    "spreadsheet of texts": text_cells,
}
INVOICED = ("as it is", "semicolons, decimal commas, Windows-1252", "workbook")


def in_all_formats(path: Path) -> dict[str, bytes]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    others = {kind: write(rows) for kind, write in OTHER_FORMATS.items()}
    return {"as it is": path.read_bytes(), **others}


@pytest.mark.parametrize("kind", INVOICED)
def test_every_invoice_has_the_expected_lines_and_amounts(
    api: Api, worker: dramatiq.Worker, northwind: Path, kind: str
) -> None:
    files = in_all_formats(northwind / "orders.csv")
    imported = import_orders(api, files[kind])
    assert (imported["orders_created"], imported["orders_rejected"]) == (ORDERS, 0)
    assert imported["errors"] == []

    started = api.post("/api/batch-jobs", json={"filter": {"status": "confirmed"}})
    assert started.status_code == 202
    path = f"/api/batch-jobs/{started.get_json()['id']}"
    wait_for(lambda: api.get(path).get_json()["completed_at"], 180)
    job = api.get(path).get_json()
    assert (job["successful_items"], job["failed_items"]) == (ORDERS, 0)

    invoices = all_invoices(api)
    with (northwind / "expected.csv").open(newline="") as file:
        expected = {row["order_number"]: row for row in csv.DictReader(file)}
    found = {
        invoice["order_number"]: {
            "order_number": invoice["order_number"],
            "lines": str(len(invoice["lines"])),
            **{name: invoice[name] for name in ("net", "tax", "gross")},
        }
        for invoice in invoices
    }
    assert found == expected
    assert sum(len(invoice["lines"]) for invoice in invoices) == LINES + FREIGHT_LINES
    assert_numbered_without_gaps(invoices)
    for invoice in invoices:
        assert_adds_up(invoice)

    again = import_orders(api, files["as it is"])
    assert (again["orders_created"], again["orders_unchanged"]) == (0, ORDERS)


def test_the_orders_in_another_format_change_nothing(api: Api, northwind: Path) -> None:
    files = in_all_formats(northwind / "orders.csv")
    import_orders(api, files.pop("as it is"))
    for kind, data in files.items():
        again = import_orders(api, data)
        assert (kind, again["orders_unchanged"], again["errors"]) == (kind, ORDERS, [])


def import_orders(api: Api, data: bytes) -> dict[str, Any]:
    answer = api.post("/api/orders/import", data=data, content_type="text/csv")
    assert answer.status_code == 200
    report: dict[str, Any] = answer.get_json()
    return report


def all_invoices(api: Api) -> list[dict[str, Any]]:
    """The items of all pages."""
    invoices: list[dict[str, Any]] = []
    query = {"limit": "200"}
    while True:
        page = api.get("/api/invoices", query_string=query).get_json()
        invoices += page["items"]
        if page["next"] is None:
            return invoices
        query["cursor"] = page["next"]


def assert_numbered_without_gaps(invoices: list[dict[str, Any]]) -> None:
    numbers = sorted(invoice["number"] for invoice in invoices)
    year = invoices[0]["issue_date"][:4]
    assert numbers == [f"INV-{year}-{n:06}" for n in range(1, ORDERS + 1)]


def assert_adds_up(invoice: dict[str, Any]) -> None:
    """EN 16931: BR-CO-10, BR-CO-14, BR-CO-15, BR-CO-17."""
    lines = sum(Decimal(line["net"]) for line in invoice["lines"])
    breakdown = invoice["tax_breakdown"]
    assert lines == Decimal(invoice["net"])
    assert sum(Decimal(tax["taxable"]) for tax in breakdown) == lines
    assert sum(Decimal(tax["tax"]) for tax in breakdown) == Decimal(invoice["tax"])
    assert Decimal(invoice["net"]) + Decimal(invoice["tax"]) == Decimal(invoice["gross"])
    rates = Counter((line["tax_category"], line["tax_percent"]) for line in invoice["lines"])
    assert len(rates) == len(breakdown)
    for tax in breakdown:
        exact = Decimal(tax["taxable"]) * Decimal(tax["percent"]) / 100
        assert Decimal(tax["tax"]) == round_money(exact, invoice["currency"])
