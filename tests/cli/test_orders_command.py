"""`billmill orders`: one order, and the orders that cannot be invoiced."""

import json

from actors.attention import check_outdated
from tests.cli.conftest import Type
from tests.records import Account, new_account, new_orders


def test_an_order_is_shown_with_what_prevents_its_invoice(billmill: Type, seller: Account) -> None:
    new_orders(seller, 2, flawed=[0])
    shown = billmill("orders", "show", "A00000", "--org", "alpha").stdout
    assert "order:    A00000 of 2026-03-01, confirmed" in shown
    assert "payable:  23.80 EUR" in shown
    assert "(quantity_not_positive, lines[1].quantity)" in shown
    document = json.loads(billmill("orders", "show", "A00001", "--org", "alpha", "--json").stdout)
    assert (document["order_number"], document["findings"]) == ("A00001", [])
    unknown = billmill("orders", "show", "X", "--org", "alpha")
    assert unknown.exit_code == 1
    assert "There are no orders with these numbers: X." in unknown.output


def test_orders_that_need_attention_are_listed_with_the_reason(
    billmill: Type, seller: Account
) -> None:
    new_orders(seller, 3, flawed=[1])
    new_orders(new_account("beta"), 1, flawed=[0], prefix="B")
    assert check_outdated(10)
    lines = billmill("orders", "attention", "--org", "alpha").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].split()[:5] == ["A00001", "2026-03-01", "C1", "EUR", "23.80"]
    assert "Line 1 has the quantity 0" in lines[1]
    items = json.loads(billmill("orders", "attention", "--org", "alpha", "--json").stdout)["items"]
    assert [each["attention"]["field"] for each in items] == ["lines[1].quantity"]
