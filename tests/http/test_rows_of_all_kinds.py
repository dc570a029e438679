"""Returns, allowances, charges and prices with VAT, from the orders file to the invoice."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.accounts.organizations import change_organization
from models.database import owner_transaction
from tests.http.conftest import Api
from tests.records import Account

HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent,row_type,unit_price_gross,amount,reason,"
    "expected_gross\n"
)
HEAD = "2026-03-01,C-{0},Blumen & Co,,Weg 1,Bonn,53111,{1},{2},EUR"
ROWS = """
RET|1,A,Vase,1,C62,50,0,S,19,,,,,
RET|2,A,Vase,-2,Stk,10,0,S,19,line,,,,
COUPON|1,A,Vase,1,C62,80,0,S,19,,,,,
COUPON|2,,,,,,,S,19,allowance,,8.05,WELCOME10,
COUPON|3,,,,,,,S,19,charge,,4.90,Freight,91.45
GROSS|1,A,Vase,3,pcs,,0,S,19,,6.65,,,19.95
OFF|1,A,Vase,3,pcs,,0,S,19,,6.65,,,19.94
MINUS|1,A,Vase,1,C62,10,0,S,19,,,,,
MINUS|2,A,Vase,-2,C62,10,0,S,19,,,,,
BARE|1,A,Vase,1,C62,10,0,S,19,,,,,
BARE|2,,,,,,,S,19,allowance,,1.00,,
ODD|1,A,Vase,1,C62,10,0.15,S,19,,,,,
"""
SUMS = ("line_total", "allowances", "charges", "net", "tax", "gross", "rounding", "payable")


def row(line: str) -> str:
    number, rest = line.split("|")
    head = HEAD.format(number, "DE", "DE123456789" if number == "ODD" else "")
    return f"{number},{head},{rest}\n"


@pytest.fixture
def orders(api: Api) -> dict[str, int]:
    """The ids of the orders above, by number."""
    file = HEADER + "".join(map(row, ROWS.split("\n")[1:-1]))
    report = api.post("/api/orders/import", data=file.encode(), content_type="text/csv").get_json()
    assert report["errors"] == []
    items = api.get("/api/orders").get_json()["items"]
    return {order["order_number"]: order["id"] for order in items}


def invoice(api: Api, order_id: int) -> dict[str, Any]:
    answer = api.post(f"/api/orders/{order_id}/invoice")
    assert answer.status_code == 201, answer.get_json()
    issued: dict[str, Any] = answer.get_json()
    return issued


def test_an_invoice_has_the_sums_that_its_order_showed(api: Api, orders: dict[str, int]) -> None:
    for number, sums in {
        "RET": ["30.00", "0.00", "0.00", "30.00", "5.70", "35.70", "0.00", "35.70"],
        "COUPON": ["80.00", "8.05", "4.90", "76.85", "14.60", "91.45", "0.00", "91.45"],
        "GROSS": ["16.76", "0.00", "0.00", "16.76", "3.18", "19.94", "0.01", "19.95"],
    }.items():
        shown = api.get(f"/api/orders/{orders[number]}").get_json()["totals"]
        issued = invoice(api, orders[number])
        assert [shown[name] for name in SUMS] == sums
        assert [issued[name] for name in SUMS] == sums


def test_the_rows_of_an_invoice_say_what_they_are(api: Api, orders: dict[str, int]) -> None:
    coupon = invoice(api, orders["COUPON"])
    assert [(line["row_type"], line["description"], line["net"]) for line in coupon["lines"]] == [
        ("line", "Vase", "80.00"), ("allowance", "WELCOME10", "8.05"), ("charge", "Freight", "4.90")
    ]  # fmt: skip
    (line,) = invoice(api, orders["GROSS"])["lines"]
    assert (line["unit_price"], line["unit_price_gross"]) == ("5.588235", "6.65")


@pytest.mark.parametrize(
    ("number", "code"),
    [("OFF", "expected_gross_differs"), ("MINUS", "total_negative"), ("BARE", "reason_missing")],
)
def test_an_order_that_does_not_add_up_costs_no_number(
    api: Api, orders: dict[str, int], number: str, code: str
) -> None:
    refused = api.post(f"/api/orders/{orders[number]}/invoice")
    assert [each["code"] for each in refused.get_json()["errors"]] == [code]
    assert invoice(api, orders["RET"])["number"].endswith("-000001")


def test_what_is_odd_is_remarked_and_invoiced(
    api: Api, browser: FlaskClient, orders: dict[str, int]
) -> None:
    remarks = api.get(f"/api/orders/{orders['ODD']}").get_json()["remarks"]
    codes = ["discount_looks_like_fraction", "customer_vat_id_check_digit"]
    assert [each["code"] for each in remarks][:2] == codes
    asked = {"order_ids": [orders["ODD"], orders["RET"]]}
    preview = api.post("/api/batch-jobs/preview", json=asked).get_json()
    counted = {each["code"]: each["count"] for each in preview["remarks"]}
    assert counted == {codes[0]: 1, codes[1]: 1, "seller_vat_id_check_digit": 2}
    assert "Worth a look" in browser.get(f"/orders/{orders['ODD']}").text
    invoice(api, orders["ODD"])


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_pages_show_allowances_charges_and_the_amount_due(
    api: Api, browser: FlaskClient, orders: dict[str, int]
) -> None:
    for page in ("/orders/{order_id}", "/invoices/{id}"):
        for number, shown in {
            "COUPON": (
                "WELCOME10 Allowance", "-8.05", "Freight Charge", "Lines 80.00 EUR",
                "Allowances -8.05 EUR", "Charges 4.90 EUR", "Total 91.45 EUR",
            ),
            "GROSS": ("6.65 with VAT", "Rounding 0.01 EUR", "Amount due 19.95 EUR"),
            "RET": ("Vase Return", "-2 pcs", "-20.00", "Total 35.70 EUR"),
        }.items():  # fmt: skip
            ids = {"order_id": orders[number]}
            if "/invoices/" in page:
                ids = invoice(api, orders[number])
            text = words(browser.get(page.format_map(ids)).text)
            assert [part for part in shown if part not in text] == []


def test_the_seller_s_tax_number_is_on_the_invoice(
    api: Api, browser: FlaskClient, clerk: Account, orders: dict[str, int]
) -> None:
    with owner_transaction() as session:
        change_organization(session, clerk.slug, {"vat_id": "", "tax_number": "22/815/08151"})
    issued = invoice(api, orders["RET"])
    assert (issued["seller"]["vat_id"], issued["seller"]["tax_number"]) == (None, "22/815/08151")
    assert "Tax number 22/815/08151" in words(browser.get(f"/invoices/{issued['id']}").text)


def test_an_invoice_over_nothing_is_the_organisation_s_choice(
    api: Api, clerk: Account, orders: dict[str, int]
) -> None:
    path = f"/api/orders/{orders['RET']}"
    lines = api.get(path).get_json()["lines"]
    del lines[0]["net"], lines[1]["net"]
    lines[1] |= {"quantity": "-5"}
    etag = api.get(path).headers["ETag"]
    assert api.patch(path, seen=etag, json={"lines": lines}).status_code == 200
    preview = api.post("/api/batch-jobs/preview", json={"order_ids": [orders["RET"]]}).get_json()
    (reason,) = preview["reasons"]
    assert (reason["code"], "--allow-zero-totals" in reason["remedy"]) == ("total_zero", True)
    with owner_transaction() as session:
        change_organization(session, clerk.slug, {"allow_zero_totals": True})
    assert invoice(api, orders["RET"])["gross"] == "0.00"
