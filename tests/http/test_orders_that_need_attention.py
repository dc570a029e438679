"""Confirmed orders that cannot be invoiced are listed with the reason, whoever made them so."""

from io import BytesIO

import pytest
from sqlalchemy import text

from actors.attention import check_outdated
from models.database import org_transaction, owner_transaction
from models.invoicing.finding import Finding
from models.orders.attention import mark
from tests.http.conftest import Api
from tests.http.test_orders_as_json import BUYER, LINE, new, take
from tests.records import Account, new_orders

HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent,status\n"
)
ROW = "{},2026-03-01,C9,Åsa Lind,,{},Malmö,21134,SE,,EUR,1,SKU,Desk,2,C62,10.00,0,S,25,{}\n"

ADDED = Finding("new_rule", "A rule that was added.", "lines", "Obey it.")


def needing(api: Api, **query: str) -> dict[str, str]:
    """The code of the reason of each order that the list shows."""
    found = api.get("/api/orders", query_string={"status": "needs_attention", **query}).get_json()
    return {order["order_number"]: order["attention"]["code"] for order in found["items"]}


def import_rows(account: Account, *rows: tuple[str, str, str]) -> None:
    from models.order_import.importer import import_orders

    content = HEADER + "".join(ROW.format(*row) for row in rows)
    report = import_orders(account.organization_id, BytesIO(content.encode()))
    assert report.orders_rejected == 0


def test_an_import_marks_its_orders(api: Api, clerk: Account) -> None:
    import_rows(
        clerk,
        ("N-1", "", "confirmed"),
        ("N-2", "Storgatan 1", "confirmed"),
        ("N-3", "", "draft"),
        ("N-4", "", "cancelled"),
    )
    assert needing(api) == {"N-1": "customer_street_missing"}
    import_rows(clerk, ("N-1", "Storgatan 1", "confirmed"), ("N-3", "", "confirmed"))
    assert needing(api) == {"N-3": "customer_street_missing"}
    assert check_outdated(10)
    assert needing(api) == {"N-3": "customer_street_missing"}


def test_orders_as_json_and_mending_mark_theirs(api: Api) -> None:
    taken = take(api, new("N-1", buyer=BUYER | {"city": ""}), new("N-2"))
    assert needing(api) == {"N-1": "customer_city_missing"}
    first, second = (each["order_id"] for each in taken["orders"])
    api.patch(f"/api/orders/{first}", json={"buyer": {"city": "Malmö"}})
    api.patch(f"/api/orders/{second}", json={"lines": [LINE | {"quantity": "0"}]})
    assert needing(api) == {"N-2": "quantity_not_positive"}
    api.patch(f"/api/orders/{second}", json={"status": "draft"})
    assert needing(api) == {}


def test_the_duty_follows_the_organization(api: Api, clerk: Account) -> None:
    take(api, new("N-1"))
    seller = text("UPDATE organizations SET street = :street WHERE id = :id")
    without = {"N-1": "seller_address_missing"}
    for street, before, after in (("", {}, without), ("Lindenstraße 5", without, {})):
        with owner_transaction() as session:
            session.execute(seller, {"street": street, "id": clerk.organization_id})
        assert needing(api) == before
        assert check_outdated(10)
        assert needing(api) == after


def test_the_duty_follows_the_rules(
    api: Api, clerk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    import models.orders.rule_book as rule_book

    take(api, new("N-1"))
    assert needing(api) == {}
    monkeypatch.setattr(rule_book, "_rules", lambda: b"another version")
    real = rule_book.validate
    monkeypatch.setattr(rule_book, "validate", lambda *given: real(*given) or (ADDED,))
    assert check_outdated(10)
    assert needing(api) == {"N-1": "new_rule"}
    with org_transaction(clerk.organization_id) as session:
        counted = text("SELECT xmin FROM orders")
        written = session.execute(counted).all()
    assert check_outdated(10)
    with org_transaction(clerk.organization_id) as session:
        assert session.execute(counted).all() == written


def test_orders_that_nobody_has_checked_are_worked_off_in_chunks(
    api: Api, strangers_api: Api, clerk: Account, stranger: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.orders.attention.CHUNK", 3)
    monkeypatch.setattr("actors.attention.CHUNK", 3)
    new_orders(clerk, 8, flawed=[0, 7])
    new_orders(stranger, 4, flawed=[2], prefix="B")
    assert needing(api) == {}
    assert not check_outdated(0)
    assert check_outdated(30)
    assert needing(api) == {
        "A00000": "quantity_not_positive",
        "A00007": "quantity_not_positive",
    }
    assert needing(strangers_api) == {"B00002": "quantity_not_positive"}


def test_the_filter_goes_with_the_others_and_chooses_orders_for_a_job(
    api: Api, clerk: Account
) -> None:
    new_orders(clerk, 4, flawed=[1, 3])
    assert check_outdated(10)
    assert needing(api, q="A00001").keys() == {"A00001"}
    assert needing(api, customer="Berglund").keys() == {"A00001", "A00003"}
    assert needing(api, customer="nobody") == {}
    assert needing(api, **{"from": "2026-03-02"}) == {}
    chosen = {"filter": {"status": "needs_attention"}}
    assert api.post("/api/batch-jobs/preview", json=chosen).get_json()["failing"] == 2
    assert api.post("/api/batch-jobs", json=chosen).get_json()["total_items"] == 2


def test_an_order_dated_too_far_ahead_becomes_ready_as_time_passes(
    api: Api, clerk: Account
) -> None:
    take(api, new("N-1"))
    with org_transaction(clerk.organization_id) as session:
        ahead = "UPDATE orders SET order_date = now()::date + 31"
        session.execute(text(ahead))
        mark(session, clerk.organization_id, session.scalars(text("SELECT id FROM orders")).all())
    assert needing(api) == {"N-1": "order_date_too_far_ahead"}
    assert check_outdated(10)
    assert needing(api) == {"N-1": "order_date_too_far_ahead"}
    with org_transaction(clerk.organization_id) as session:
        session.execute(text("UPDATE orders SET order_date = order_date - 1"))
    assert check_outdated(10)
    assert needing(api) == {}
