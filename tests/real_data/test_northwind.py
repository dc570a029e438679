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
from tests.http.conftest import Api
from tests.waiting import wait_for

ORDERS = 830
LINES = 2_155
FREIGHT_LINES = 830
DECIMALS = ("quantity", "unit_price", "discount_percent", "tax_percent")


def german(path: Path) -> bytes:
    """As a German spreadsheet saves it: semicolons, decimal commas, dates like 27.11.2026."""
    rows = []
    for row in rows_of(path):
        year, month, day = row["order_date"].split("-")
        decimals = {name: row[name].replace(".", ",") for name in DECIMALS}
        rows.append({**row, **decimals, "order_date": f"{day}.{month}.{year}"})
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, rows[0], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("cp1252")


def workbook(path: Path) -> bytes:
    """As a workbook: dates and numbers are cells of their own type."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd.mm.yyyy"}) as book:
        sheet = book.add_worksheet("Orders")
        for at, row in enumerate(rows_of(path)):
            if not at:
                sheet.write_row(0, 0, row)
            for column, (name, value) in enumerate(row.items()):
                if name == "order_date":
                    sheet.write_datetime(at + 1, column, datetime.fromisoformat(value))
                elif name in (*DECIMALS, "line_number", "order_number") and value:
                    sheet.write_number(at + 1, column, float(value))
                else:
                    sheet.write_string(at + 1, column, value)
    return file.getvalue()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


KINDS: dict[str, Callable[[Path], bytes]] = {
    "as it is": Path.read_bytes,
    "semicolons, decimal commas, Windows-1252": german,
    "workbook": workbook,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_invoice_has_the_expected_lines_and_amounts(
    api: Api, worker: dramatiq.Worker, northwind: Path, kind: str
) -> None:
    imported = import_orders(api, KINDS[kind](northwind / "orders.csv"))
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

    again = import_orders(api, (northwind / "orders.csv").read_bytes())
    assert (again["orders_created"], again["orders_unchanged"]) == (0, ORDERS)


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
