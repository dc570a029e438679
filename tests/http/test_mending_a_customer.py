"""A customer is mended in the address book, and with them the open orders with the same data."""

from typing import Any

import pytest

from models.invoices.single_invoice import invoice_order
from tests.http.conftest import Api
from tests.http.test_orders_as_json import BUYER, LINE, new, take
from tests.records import Account

SHOP = {"name": "Blumen Sommerfeld", "street": "", "city": "Wien", "country": "AT"}


def orders_of_one_customer(api: Api, clerk: Account) -> dict[str, int]:
    """The ids by number. All but one of the open ones would take a new street."""
    guest = SHOP | {"name": "A guest"}
    elsewhere = SHOP | {"city": "Graz"}
    taken = take(
        api,
        new("S-0", buyer=SHOP | {"street": "Alte Gasse 1"}, order_date="2026-01-01"),
        new("S-1", buyer=guest, order_date="2026-01-02"),
        new("S-2", buyer=elsewhere, order_date="2026-01-02"),
        new("S-3", buyer=SHOP),
        new("S-4", buyer=SHOP, currency="SEK", lines=[LINE, LINE]),
        new("S-5", buyer=SHOP, status="draft"),
        new("S-6", buyer=SHOP, status="cancelled"),
        new("S-7", buyer=SHOP, lines=[LINE | {"quantity": "0"}]),
        new("O-1", customer_number="C10", buyer=SHOP),
    )
    ids = {each["order_number"]: each["order_id"] for each in taken["orders"]}
    invoice_order(clerk.organization_id, clerk.user_id, ids["S-0"])
    return ids


def customer(api: Api, number: str = "C9") -> dict[str, Any]:
    (found,) = api.get(f"/api/customers?q={number}").get_json()["items"]
    return dict(found)


def streets(api: Api, ids: dict[str, int]) -> dict[str, str]:
    return {
        number: api.get(f"/api/orders/{id_}").get_json()["buyer"]["street"]
        for number, id_ in ids.items()
    }


def test_a_change_says_how_many_open_orders_take_it_and_what_that_frees(
    api: Api, clerk: Account
) -> None:
    ids = orders_of_one_customer(api, clerk)
    known = customer(api)
    url = f"/api/customers/{known['id']}"
    checked = api.post(f"{url}/check", json={"street": " Neue Gasse 2 "}).get_json()
    assert checked == {
        "customer": known | {"street": "Neue Gasse 2"},
        "unreadable": [],
        "open_orders": 6,
        "differing": 4,
        "freed_orders": 2,
        "frees": [
            {"currency": "EUR", "orders": 1, "gross": "23.80"},
            {"currency": "SEK", "orders": 1, "gross": "47.60"},
        ],
        "blocked_orders": 0,
    }
    assert customer(api) == known
    change = {"street": "Neue Gasse 2", "apply_to_open_orders": True}
    changed = api.patch(url, json=change).get_json()
    assert changed["customer"] == checked["customer"]
    assert changed["orders_changed"] == checked["differing"]
    assert changed["freed_orders"] == checked["freed_orders"]
    assert changed["frees"] == checked["frees"]
    assert streets(api, ids) == {
        "S-0": "Alte Gasse 1",
        "S-1": "",
        "S-2": "",
        **dict.fromkeys(("S-3", "S-4", "S-5", "S-7"), "Neue Gasse 2"),
        "S-6": "",
        "O-1": "",
    }
    again = api.post(f"{url}/check", json=change).get_json()
    assert (again["differing"], again["freed_orders"]) == (0, 0)


def test_without_apply_only_the_address_book_changes(api: Api, clerk: Account) -> None:
    ids = orders_of_one_customer(api, clerk)
    before = streets(api, ids)
    change = {"street": "Neue Gasse 2", "payment_days": 30}
    changed = api.patch(f"/api/customers/{customer(api)['id']}", json=change).get_json()
    assert (changed["orders_changed"], changed["frees"]) == (0, [])
    assert customer(api)["payment_days"] == 30
    assert streets(api, ids) == before


def test_an_order_keeps_an_email_of_its_own_and_takes_the_rest(api: Api) -> None:
    own, shared = "own@guest.example", "shop@sommerfeld.example"
    change = {"street": "Neue Gasse 2", "city": "Linz", "email": "new@sommerfeld.example"}
    half_done = SHOP | {"street": change["street"], "email": shared}
    buyers = half_done, SHOP | {"email": own}, SHOP | {"email": shared}
    taken = take(api, *(new(f"M-{n}", buyer=buyer) for n, buyer in enumerate(buyers)))
    url = f"/api/customers/{customer(api)['id']}"
    assert api.patch(url, json=change | {"apply_to_open_orders": True}).status_code == 200
    emails = change["email"], own, change["email"]
    for order, email in zip(taken["orders"], emails, strict=True):
        buyer = api.get(f"/api/orders/{order['order_id']}").get_json()["buyer"]
        assert {name: buyer[name] for name in change} == change | {"email": email}


def test_an_order_of_before_the_mend_does_not_undo_it(api: Api) -> None:
    take(api, new("N-1", buyer=BUYER | {"street": ""}))
    api.patch(f"/api/customers/{customer(api)['id']}", json={"street": "Storgatan 9"})
    take(api, new("N-2", buyer=BUYER | {"street": "Gamla 1"}, order_date="2026-03-02"))
    assert customer(api)["street"] == "Storgatan 9"


def test_a_customer_with_too_many_open_orders_is_changed_without_them(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(api, new("N-1"), new("N-2"))
    for module in ("models.customers.mending", "models.orders.mending.many_orders"):
        monkeypatch.setattr(f"{module}.MAX_CHANGED", 1)
    url = f"/api/customers/{customer(api)['id']}"
    refused = api.patch(url, json={"city": "Lund", "apply_to_open_orders": True})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "too_many_orders_to_change")
    assert customer(api)["city"] == "Malmö"
    assert api.patch(url, json={"city": "Lund"}).status_code == 200


def test_a_lost_update_of_a_customer_is_refused(api: Api) -> None:
    take(api, new("N-1"))
    url = f"/api/customers/{customer(api)['id']}"
    tag = api.get(url).headers["ETag"]
    first = api.patch(url, json={"city": "Lund"}, seen=tag)
    assert first.status_code == 200
    late = api.patch(url, json={"city": "Ystad"}, seen=tag)
    assert late.status_code == 412
    assert late.get_json()["current"]["city"] == "Lund"
    assert api.patch(url, json={"city": "Ystad"}, seen=first.headers["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"country": "Sweden"}, "customer.country"),
        ({"street": "Storgatan\x07 1"}, "customer.street"),
        ({"vat_id": "x" * 51}, "customer.vat_id"),
    ],
)
def test_what_cannot_be_stored_of_a_customer_is_a_finding(
    api: Api, given: dict, field: str
) -> None:
    take(api, new("N-1"))
    known = customer(api)
    answer = api.patch(f"/api/customers/{known['id']}", json=given | {"city": "Lund"})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["errors"]] == [field]
    assert customer(api) == known
    checked = api.post(f"/api/customers/{known['id']}/check", json=given).get_json()
    assert [each["field"] for each in checked["unreadable"]] == [field]


def test_customers_are_listed_page_by_page_and_for_their_organization_only(
    api: Api, strangers_api: Api
) -> None:
    take(api, *(new(f"N-{n}", customer_number=f"C{n}") for n in range(5)))
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/customers?limit=2&cursor={cursor}").get_json()
        seen += [each["customer_number"] for each in page["items"]]
        cursor = page["next"]
    assert seen == ["C4", "C3", "C2", "C1", "C0"]
    assert strangers_api.get("/api/customers").get_json()["items"] == []
    id_ = customer(api, "C3")["id"]
    for answer in (
        strangers_api.get(f"/api/customers/{id_}"),
        strangers_api.patch(f"/api/customers/{id_}", json={"city": "Lund"}),
        strangers_api.post(f"/api/customers/{id_}/check", json={"city": "Lund"}),
    ):
        assert answer.status_code == 404
