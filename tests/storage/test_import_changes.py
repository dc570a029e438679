"""What an import says about orders and customers that it changes."""

from typing import Any

import pytest

from models.invoices.single_invoice import invoice_order
from models.order_import import importer
from models.order_import.importer import ImportReport, import_orders
from models.order_import.returning_orders import Allowed
from tests.records import Account
from tests.storage.orders_files import (
    Dribble,
    counts,
    faults_of,
    import_bytes,
    orders_file,
    row,
    stored_orders,
)

THREE = [row(line_number=str(n), quantity="1", unit_price="100.00") for n in (1, 2, 3)]


def take(seller: Account, *rows: dict[str, str]) -> ImportReport:
    return import_bytes(seller.organization_id, orders_file(rows))


def differences(report: ImportReport) -> list[tuple[str, str | None, str | None]]:
    (change,) = report.changes
    return [(each.what, each.before, each.after) for each in change.differences]


@pytest.mark.parametrize(
    ("given", "what", "nets", "words"),
    [
        (
            THREE[1:2],
            [("lines[1]", "1 C62 Lamp, small at 100", None),
             ("lines[3]", "1 C62 Lamp, small at 100", None)],
            ("300.00", "100.00"),
            "lines 1 and 3 are removed; net 300.00 EUR → 100.00 EUR.",
        ),
        (
            [*THREE, row(line_number="9", quantity="2", unit_price="0.5", description="")],
            [("lines[9]", None, "2 C62 L-100 at 0.5")],
            ("300.00", "301.00"),
            "line 9 is added; net 300.00 EUR → 301.00 EUR.",
        ),
        (
            [THREE[0], THREE[1] | {"quantity": "3.50"}, THREE[2] | {"sku": ""}],
            [("lines[2].quantity", "1", "3.5"), ("lines[3].sku", "L-100", "")],
            ("300.00", "550.00"),
            "lines 2 and 3 are changed; net 300.00 EUR → 550.00 EUR.",
        ),
        (
            [line | {"street": "Neu 1", "order_date": "2026-03-02"} for line in THREE],
            [("order_date", "2026-03-01", "2026-03-02"),
             ("customer.street", "Hafenweg 2", "Neu 1")],
            ("300.00", "300.00"),
            "order date “2026-03-01” → “2026-03-02”; customer's street “Hafenweg 2” → “Neu 1”.",
        ),
        (
            [line | {"currency": "JPY", "vat_id": ""} for line in THREE],
            [("customer.vat_id", "DE123456789", None), ("currency", "EUR", "JPY")],
            ("300.00", "300"),
            "customer's VAT id “DE123456789” → none; currency “EUR” → “JPY”; "
            "net 300.00 EUR → 300 JPY.",
        ),
        (
            [line | {"currency": "QQQ"} for line in THREE],
            [("currency", "EUR", "QQQ")],
            ("300.00", None),
            "currency “EUR” → “QQQ”; net 300.00 EUR → ? QQQ.",
        ),
    ],
    ids=["fewer lines", "more lines", "other lines", "head", "currency", "unknown currency"],
)  # fmt: skip
def test_an_order_that_comes_again_says_what_changes(
    seller: Account, given: list[dict[str, str]], what: object, nets: object, words: str
) -> None:
    take(seller, *THREE)
    report = take(seller, row(order_number="A-0"), *given)
    assert counts(report) == (1, 1, 0, 0)
    assert differences(report) == what
    (change,) = report.changes
    assert (change.order_number, change.line) == ("A-1", 3)
    assert (change.net_before, change.net_after) == nets
    assert change.message == f"Order “A-1”: {words}"


def test_a_changed_status_is_said(seller: Account) -> None:
    columns = [*row(), "status"]
    take(seller, row())
    draft = orders_file([row(status="draft")], columns=columns)
    report = import_bytes(seller.organization_id, draft)
    assert differences(report) == [("status", "confirmed", "draft")]
    report = import_bytes(seller.organization_id, draft)
    assert (report.changes, report.change_count) == ((), 0)


def test_a_report_lists_the_first_changes_and_counts_all(
    seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "MAX_KEPT", 3)
    numbers = range(1_500)
    for quantity, street in (("1", "One 1"), ("2", "Two 2")):
        report = take(
            seller,
            *(
                row(order_number=f"A-{n}", customer_number=f"K-{n}", quantity=quantity,
                    street=street)
                for n in numbers
            ),
        )  # fmt: skip
    assert (report.change_count, len(report.changes)) == (1_500, 3)
    assert (report.customer_change_count, len(report.customer_changes)) == (1_500, 3)
    assert report.as_dict()["changes"][0]["differences"][0]["what"] == "customer.street"


@pytest.mark.parametrize("newline", ["\r\n", "\n"], ids=repr)
def test_line_ends_inside_values_are_no_difference(seller: Account, newline: str) -> None:
    def order(line_end: str) -> dict[str, str]:
        texts = dict.fromkeys(("street", "description", "sku", "city"), f"First{line_end}Second")
        return row(**texts)

    take(seller, order("\n"), order(newline) | {"order_number": "A-2"})
    for _ in range(2):
        report = take(seller, order(newline), order("\r\n") | {"order_number": "A-2"})
        assert counts(report) == (0, 0, 2, 0)
        assert (report.customers_updated, report.customer_changes) == (0, ())
        for found in stored_orders(seller).values():
            if found.order.status == "confirmed":
                invoice_order(seller.organization_id, seller.user_id, found.order.id)


def test_another_customers_order_does_not_replace_one(seller: Account) -> None:
    take(seller, row())
    other = row(customer_number="B-1", customer_name="Kunde B", quantity="7")
    report = take(seller, other, row(order_number="A-2"))
    assert counts(report) == (1, 0, 0, 1)
    assert faults_of(report) == [(2, "order_number", "order_of_another_customer")]
    finding = report.errors[0].finding
    assert finding.message == (
        "Order “A-1” is stored for customer “K-1”; the file has it for customer “B-1”."
    )
    assert "allow" in finding.remedy
    order = stored_orders(seller)["A-1"].order
    assert (order.customer_number, order.lines[0].quantity) == ("K-1", 2)
    assert report.customers_created == 0


def test_an_order_moves_to_another_customer_where_the_import_allows_it(seller: Account) -> None:
    take(seller, row())
    moved = Dribble(orders_file([row(customer_number="B-1", customer_name="Kunde B")]))
    allowed = Allowed(customer_changes=True)
    report = import_orders(seller.organization_id, moved, allowed=allowed)
    assert counts(report) == (0, 1, 0, 0)
    assert differences(report) == [
        ("customer_number", "K-1", "B-1"),
        ("customer.name", "Berglund & Söhne", "Kunde B"),
    ]
    order = stored_orders(seller)["A-1"].order
    assert (order.customer_number, order.buyer.name) == ("B-1", "Kunde B")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"street": "Neu 1"}, "customer's street: “Hafenweg 2”, in the file “Neu 1”"),
        ({"quantity": "3"}, "quantity of line 1: “2”, in the file “3”"),
        ({"customer_number": "B-1"}, "customer number: “K-1”, in the file “B-1”"),
        (
            {"line_number": "2"},
            "line 1: “2 C62 Lamp, small at 12.5”, in the file none; "
            "line 2: none, in the file “2 C62 Lamp, small at 12.5”",
        ),
    ],
)
def test_an_invoiced_order_that_differs_says_how(
    seller: Account, given: dict[str, str], words: str
) -> None:
    take(seller, row())
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    report = take(seller, row(**given))
    assert [error.code for error in report.errors] == ["order_already_invoiced"]
    assert f"differs from the file ({words}); correct" in report.errors[0].message


def customer_changes(report: ImportReport) -> list[tuple[Any, ...]]:
    return [
        (each.customer_number, each.order_number, each.what, each.before, each.after)
        for each in report.customer_changes
    ]


def test_what_changes_on_a_customer_is_said(seller: Account) -> None:
    take(seller, row())
    report = take(
        seller,
        row(order_number="A-2", street="Neu 1", vat_id=""),
        row(order_number="A-0", street="Alt 1", order_date="2026-01-01"),
    )
    assert customer_changes(report) == [
        ("K-1", "A-2", "customer.street", "Hafenweg 2", "Neu 1"),
        ("K-1", "A-2", "customer.vat_id", "DE123456789", None),
    ]
    assert report.customer_changes[0].message == (
        "Customer “K-1” by order “A-2”: customer's street “Hafenweg 2” → “Neu 1”."
    )
    assert report.customers_updated == 1


def test_guests_who_share_a_number_are_said_to_change_its_record(seller: Account) -> None:
    names = ("Gast Eins", "Guest Two", "Invité Trois")
    report = take(
        seller,
        *(
            row(order_number=f"G-{n}", customer_number="0", customer_name=name)
            for n, name in enumerate(names)
        ),
    )
    assert customer_changes(report) == [
        ("0", "G-1", "customer.name", "Gast Eins", "Guest Two"),
        ("0", "G-2", "customer.name", "Guest Two", "Invité Trois"),
    ]
    assert (report.customers_created, report.customers_updated) == (1, 0)


def test_a_rejected_order_changes_no_customer(seller: Account) -> None:
    take(seller, row(), row(order_number="A-2", customer_number="K-2"))
    report = take(seller, row(customer_number="K-2", street="Neu 1"))
    assert (report.customer_changes, report.customers_updated) == ((), 0)
