"""One order is shown, checked and changed over the API, with its rules and totals."""

from decimal import Decimal

import pytest

from models.database import org_transaction
from models.invoices.single_invoice import invoice_order
from models.order_import.csv_file.columns import line_number
from tests.http.conftest import Api
from tests.records import Account, new_orders

LINE = {
    "line_number": 1,
    "description": "Desk",
    "quantity": "2",
    "unit": "C62",
    "unit_price": "10",
    "tax_category": "S",
    "tax_percent": "19",
}


def flawed_order(clerk: Account) -> int:
    """Line 1 has the quantity 0, line 2 costs 20.00."""
    return new_orders(clerk, 1, flawed=[0])[0]


def test_an_order_is_shown_with_its_buyer_rows_totals_and_findings(
    api: Api, clerk: Account
) -> None:
    order_id = flawed_order(clerk)
    answer = api.get(f"/api/orders/{order_id}")
    order = answer.get_json()
    assert answer.headers["ETag"] == '"0"'
    assert order["buyer"]["street"] == "Hafenweg 2"
    assert [row["net"] for row in order["lines"]] == ["0.00", "20.00"]
    assert order["totals"]["payable"] == "23.80"
    assert order["totals"]["taxes"] == [
        {"category": "S", "percent": "19", "taxable": "20.00", "tax": "3.80"}
    ]
    assert [finding["field"] for finding in order["findings"]] == ["lines[1].quantity"]
    assert order["attention"] == order["findings"][0]


def test_a_mended_order_has_new_totals_and_can_be_invoiced(api: Api, clerk: Account) -> None:
    order_id = flawed_order(clerk)
    rows = api.get(f"/api/orders/{order_id}").get_json()["lines"]
    rows[0].pop("net"), rows[1].pop("net")
    rows[0]["quantity"] = "3"
    checked = api.post(f"/api/orders/{order_id}/check", json={"lines": rows}).get_json()
    assert checked["totals"]["gross"] == "59.50"
    assert checked["findings"] == []
    assert api.get(f"/api/orders/{order_id}").get_json()["revision"] == 0
    answer = api.patch(f"/api/orders/{order_id}", json={"lines": rows}, seen='"0"')
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.get_json() == checked["order"] | {"revision": 1}
    invoice = api.post(f"/api/orders/{order_id}/invoice").get_json()
    assert invoice["gross"] == "59.50"


def test_a_line_may_have_the_number_0_as_in_a_file(api: Api, clerk: Account) -> None:
    [order_id] = new_orders(clerk, 1)
    lines = [LINE | {"line_number": 0}]
    found = api.patch(f"/api/orders/{order_id}", json={"lines": lines}).get_json()
    assert [line["line_number"] for line in found["lines"]] == [0]
    assert found["findings"] == []
    assert line_number("0") == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"order_date": "2026-02-28"}, {"order_date": "2026-02-28"}),
        ({"currency": "chf"}, {"currency": "CHF"}),
        ({"currency": ""}, {"currency": "EUR"}),
        ({"status": "draft"}, {"status": "draft", "attention": None}),
        ({"expected_gross": "35.70"}, {"expected_gross": "35.70"}),
        ({"expected_gross": None}, {"expected_gross": None}),
    ],
)
def test_each_value_of_an_order_can_be_changed(
    api: Api, clerk: Account, given: dict, expected: dict
) -> None:
    order_id = new_orders(clerk, 1)[0]
    found = api.patch(f"/api/orders/{order_id}", json=given).get_json()
    assert {name: found[name] for name in expected} == expected
    assert api.get(f"/api/orders/{order_id}").get_json() == found


def test_a_buyer_is_changed_on_the_order_and_not_in_the_address_book(
    api: Api, clerk: Account
) -> None:
    order_id, other = new_orders(clerk, 2)
    buyer = {"name": " Åsa Lind ", "email": None, "vat_id": "", "country": "se"}
    found = api.patch(f"/api/orders/{order_id}", json={"buyer": buyer}).get_json()
    assert found["buyer"] | {"street": ""} == {
        "name": "Åsa Lind",
        "email": None,
        "street": "",
        "city": "Hamburg",
        "postal_code": "20457",
        "country": "SE",
        "vat_id": None,
    }
    assert api.get(f"/api/orders/{other}").get_json()["buyer"]["name"] == "Berglund & Söhne"
    customer = api.get(f"/api/customers/{found['customer_id']}").get_json()
    assert customer["name"] == "Berglund & Söhne"


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"order_date": "31.12.2026"}, "order_date", "bad_date"),
        ({"order_date": None}, "order_date", "missing_value"),
        ({"currency": "Euro"}, "currency", "bad_currency"),
        ({"status": "invoiced"}, "status", "unknown_status"),
        ({"expected_gross": "many"}, "expected_gross", "not_a_number"),
        ({"buyer": {"country": "Sweden"}}, "customer.country", "bad_country"),
        ({"buyer": {"name": "x" * 301}}, "customer.name", "value_too_long"),
        ({"lines": [LINE | {"quantity": "two"}]}, "lines[1].quantity", "not_a_number"),
        ({"lines": [LINE | {"unit_price": ""}]}, "lines[1].unit_price", "missing_value"),
        ({"lines": [LINE | {"line_number": -1}]}, "lines[-1].line_number", "bad_line_number"),
        ({"lines": [LINE, LINE]}, "lines[1].line_number", "duplicate_line_number"),
        ({"lines": [LINE | {"row_type": "gift"}]}, "lines[1].row_type", "unknown_row_type"),
        (
            {"lines": [LINE | {"unit_price": "90", "unit_price_gross": "119"}]},
            "lines[1].unit_price_gross",
            "two_prices",
        ),
    ],
)
def test_a_value_that_cannot_be_stored_is_a_finding_and_nothing_is_stored(
    api: Api, clerk: Account, given: dict, field: str, code: str
) -> None:
    order_id = new_orders(clerk, 1)[0]
    before = api.get(f"/api/orders/{order_id}").get_json()
    answer = api.patch(f"/api/orders/{order_id}", json={"expected_gross": "9", **given})
    assert answer.status_code == 422
    problem = answer.get_json()
    assert problem["code"] == "value_unreadable"
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [(field, code)]
    assert api.get(f"/api/orders/{order_id}").get_json() == before
    checked = api.post(f"/api/orders/{order_id}/check", json=given).get_json()
    assert checked["unreadable"] == problem["errors"]


def test_allowances_and_gross_prices_can_be_sent_back_as_they_are_shown(
    api: Api, clerk: Account
) -> None:
    order_id = new_orders(clerk, 1)[0]
    rows = [
        {"quantity": "1", "unit_price_gross": "119", "tax_category": "S", "tax_percent": "19"},
        {"row_type": "allowance", "amount": "10", "reason": "Coupon", "tax_category": "S"},
        {"row_type": "charge", "unit_price_gross": "9.99", "reason": "Post", "tax_category": "S"},
    ]
    rows[0]["description"] = "Desk"
    shown = api.patch(f"/api/orders/{order_id}", json={"lines": rows}).get_json()
    assert [row["row_type"] for row in shown["lines"]] == ["line", "allowance", "charge"]
    assert shown["lines"][1]["description"] == "Coupon"
    assert shown["totals"]["allowances"] == "10.00"
    assert Decimal(shown["totals"]["payable"]) == Decimal("117.08")
    again = [{name: row[name] for name in row if name != "net"} for row in shown["lines"]]
    answer = api.patch(f"/api/orders/{order_id}", json={"lines": again})
    assert answer.get_json() == shown
    again[2]["unit_price_gross"] = "4.99"
    answer = api.patch(f"/api/orders/{order_id}", json={"lines": again})
    assert answer.get_json()["lines"][2]["unit_price"] == "4.193277"


def test_a_lost_update_is_refused_with_the_present_order(api: Api, clerk: Account) -> None:
    order_id = new_orders(clerk, 1)[0]
    tag = api.get(f"/api/orders/{order_id}").headers["ETag"]
    first = api.patch(f"/api/orders/{order_id}", json={"currency": "CHF"}, seen=tag)
    assert first.status_code == 200
    late = api.patch(f"/api/orders/{order_id}", json={"currency": "SEK"}, seen=tag)
    assert late.status_code == 412
    assert late.get_json()["code"] == "changed_meanwhile"
    assert late.get_json()["current"] == first.get_json()
    assert api.get(f"/api/orders/{order_id}").get_json()["currency"] == "CHF"
    for fresh in (first.headers["ETag"], "*", f"W/{first.headers['ETag']}"):
        answer = api.patch(f"/api/orders/{order_id}", json={"currency": "CHF"}, seen=fresh)
        assert answer.status_code == 200
    for no_tag in (answer.headers["ETag"].strip('"'), '"', "0"):
        answer = api.patch(f"/api/orders/{order_id}", json={"currency": "SEK"}, seen=no_tag)
        assert answer.status_code == 412


def test_an_invoiced_order_cannot_be_changed(api: Api, clerk: Account) -> None:
    order_id = new_orders(clerk, 1)[0]
    number = invoice_order(clerk.organization_id, clerk.user_id, order_id).number
    answer = api.patch(f"/api/orders/{order_id}", json={"currency": "CHF"})
    assert answer.status_code == 409
    assert answer.get_json()["code"] == "already_invoiced"
    assert number in answer.get_json()["detail"]


def test_nobody_sees_or_changes_the_order_of_another_organization(
    strangers_api: Api, clerk: Account
) -> None:
    order_id = new_orders(clerk, 1)[0]
    for answer in (
        strangers_api.get(f"/api/orders/{order_id}"),
        strangers_api.patch(f"/api/orders/{order_id}", json={"currency": "CHF"}),
        strangers_api.post(f"/api/orders/{order_id}/check", json={"currency": "CHF"}),
    ):
        assert answer.status_code == 404
    with org_transaction(clerk.organization_id) as session:
        from models.orders.mending.checked_order import load_order

        assert load_order(session, order_id).currency == "EUR"
