"""An import of the old values of an order that a person has mended."""

import io
from typing import Any

import pytest

from models.accounts.audit import OPERATOR
from models.invoices.single_invoice import invoice_order
from models.order_import.importer import ImportReport, import_orders
from models.order_import.returning_orders import NOTHING, Allowed
from models.orders.mending.one_order import mend_order
from tests.records import Account
from tests.storage.orders_files import counts, orders_file, row, stored_orders

TWO = [row(street=""), row(street="", line_number="2")]
LINES = [
    {name: row()[name] for name in ("sku", "description", "quantity", "unit", "unit_price",
                                    "discount_percent", "tax_category", "tax_percent")}
    | {"line_number": number}
    for number in (1, 2)
]  # fmt: skip


def take(seller: Account, *rows: dict[str, str], allowed: Allowed = NOTHING) -> ImportReport:
    stream = io.BytesIO(orders_file(rows))
    return import_orders(seller.organization_id, stream, allowed=allowed)


def mend(seller: Account, **given: Any) -> None:
    order_id = stored_orders(seller)["A-1"].order.id
    mend_order(seller.organization_id, order_id, given, OPERATOR)


MENDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "buyer": ({"buyer": {"street": "Weg 1", "name": "Berg"}}, ["customer.name", "customer.street"]),
    "own": ({"order_date": "2026-03-05", "status": "draft"}, ["order_date", "status"]),
    "a value of a line": (
        {"lines": [LINES[0], LINES[1] | {"quantity": "5", "unit_price": "0.5"}]},
        ["lines[2].quantity", "lines[2].unit_price"],
    ),
    "a line added": ({"lines": [*LINES, LINES[0] | {"line_number": 3}]}, ["lines[3]"]),
    "a line removed": ({"lines": LINES[:1]}, ["lines[2]"]),
}
each_mend = pytest.mark.parametrize(("given", "paths"), MENDS.values(), ids=list(MENDS))


@each_mend
def test_a_mended_value_stays_when_the_old_one_comes_again(
    seller: Account, given: dict[str, Any], paths: list[str]
) -> None:
    take(seller, *TWO)
    mend(seller, **given)
    mended = stored_orders(seller)
    report = take(seller, *TWO)
    assert counts(report) == (0, 0, 1, 0)
    assert stored_orders(seller) == mended
    (change,) = report.changes
    assert [each.what for each in change.mends] == paths
    assert (change.mends_kept, change.differences) == (True, ())
    assert "the file would undo what was mended, which stays" in change.message


@each_mend
def test_an_import_that_may_undo_mends_stores_the_old_value_and_says_so(
    seller: Account, given: dict[str, Any], paths: list[str]
) -> None:
    take(seller, *TWO)
    before = stored_orders(seller)
    mend(seller, **given)
    report = take(seller, *TWO, allowed=Allowed(undone_mends=True))
    assert counts(report) == (0, 1, 0, 0)
    assert stored_orders(seller) == before
    (change,) = report.changes
    assert [each.what for each in change.mends] == [each.what for each in change.differences]
    assert [each.what for each in change.mends] == paths
    assert not change.mends_kept
    assert "what was mended is undone" in change.message
    # The next import of the file changes nothing and has nothing to say.
    report = take(seller, *TWO)
    assert (counts(report), report.changes) == ((0, 0, 1, 0), ())


def test_another_value_than_the_old_one_replaces_a_mended_one(seller: Account) -> None:
    take(seller, *TWO)
    mend(seller, buyer={"street": "Weg 1", "city": "Bonn"})
    report = take(seller, *(line | {"street": "Weg 1a"} for line in TWO))
    assert counts(report) == (0, 1, 0, 0)
    buyer = stored_orders(seller)["A-1"].order.buyer
    assert (buyer.street, buyer.city) == ("Weg 1a", "Bonn")
    (change,) = report.changes
    assert [each.what for each in change.differences] == ["customer.street"]
    assert [(each.what, each.before, each.after) for each in change.mends] == [
        ("customer.city", "Bonn", "Hamburg")
    ]


def test_a_value_that_was_mended_twice_is_kept(seller: Account) -> None:
    take(seller, *TWO)
    for street in ("Weg 1", "Weg 2"):
        mend(seller, buyer={"street": street})
    take(seller, *TWO)
    assert stored_orders(seller)["A-1"].order.buyer.street == "Weg 2"


def test_a_mended_order_that_was_invoiced_does_not_differ(seller: Account) -> None:
    take(seller, *TWO)
    mend(seller, buyer={"street": "Weg 1"})
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    report = take(seller, *TWO)
    assert (counts(report), report.errors) == ((0, 0, 1, 0), ())
    assert report.changes[0].mends_kept
    changed = take(seller, *(line | {"city": "Bonn"} for line in TWO))
    assert counts(changed) == (0, 0, 0, 1)
    assert "customer's street" not in changed.errors[0].message
