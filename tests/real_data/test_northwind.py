"""830 orders of the Northwind sample database, imported and invoiced through the API.

`expected.csv` was computed from the same orders by another program.
"""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import dramatiq

from models.invoicing.currency import round_money
from tests.http.conftest import Api
from tests.waiting import wait_for

ORDERS = 830
LINES = 2_155
FREIGHT_LINES = 830


def test_every_invoice_has_the_expected_lines_and_amounts(
    api: Api, worker: dramatiq.Worker, northwind: Path
) -> None:
    imported = import_orders(api, northwind)
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

    again = import_orders(api, northwind)
    assert (again["orders_created"], again["orders_unchanged"]) == (0, ORDERS)


def import_orders(api: Api, northwind: Path) -> dict[str, Any]:
    data = (northwind / "orders.csv").read_bytes()
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
