"""Orders come in as JSON: each is created, replaced, unchanged or rejected, whatever the others."""

from typing import Any

from models.invoices.single_invoice import invoice_order
from tests.http.conftest import Api
from tests.records import Account

BUYER = {"name": "Åsa Lind", "street": "Storgatan 1", "city": "Malmö", "country": "SE"}
LINE = {"description": "Desk", "quantity": "2", "unit_price": "10.00", "tax_percent": "19"}


def new(number: str, **fields: Any) -> dict[str, Any]:
    order = {"order_number": number, "order_date": "2026-03-01", "customer_number": "C9"}
    return {**order, "currency": "EUR", "buyer": BUYER, "lines": [LINE], **fields}


def take(api: Api, *orders: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = api.post("/api/orders", json={"orders": list(orders), **options})
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def outcomes(taken: dict[str, Any]) -> dict[str, str]:
    return {each["order_number"]: each["outcome"] for each in taken["orders"]}


def codes(taken: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (each["order_number"], finding["field"], finding["code"])
        for each in taken["orders"]
        for finding in each["findings"]
    ]


def test_an_order_is_created_replaced_and_then_unchanged(api: Api, clerk: Account) -> None:
    first = take(api, new("N-1"))
    assert outcomes(first) == {"N-1": "created"}
    again = take(api, new("N-1", lines=[LINE | {"quantity": "3"}]), new("N-2"))
    assert outcomes(again) == {"N-1": "updated", "N-2": "created"}
    assert [again[kind] for kind in ("created", "updated", "unchanged", "rejected")] == [1, 1, 0, 0]
    order = api.get(f"/api/orders/{first['orders'][0]['order_id']}").get_json()
    assert order["totals"]["payable"] == "35.70"
    assert order["buyer"]["name"] == "Åsa Lind"
    assert outcomes(take(api, new("N-1", lines=[LINE | {"quantity": "3.0"}]))) == {
        "N-1": "unchanged"
    }


def test_the_text_is_cleaned_and_what_is_left_out_has_the_defaults_of_a_file(api: Api) -> None:
    bare = {"quantity": "1", "unit_price": "5", "description": " De\u0301sk\u00a0", "unit": "Stk"}
    taken = take(api, new(" N-1\u200b", currency="", lines=[bare, bare]))
    assert outcomes(taken) == {"N-1": "created"}
    order = api.get(f"/api/orders/{taken['orders'][0]['order_id']}").get_json()
    assert order["currency"] == "EUR"
    row = order["lines"][1]
    assert (row["line_number"], row["description"], row["unit"]) == (2, "Désk", "C62")
    assert (row["tax_category"], row["tax_percent"]) == ("S", "19")


def test_what_changes_is_said_and_what_a_person_mended_stays(api: Api) -> None:
    order_id = take(api, new("N-1"))["orders"][0]["order_id"]
    api.patch(f"/api/orders/{order_id}", json={"buyer": {"street": "Mended 1"}})
    [kept] = take(api, new("N-1"))["orders"]
    street = {"what": "customer.street", "before": "Mended 1", "after": "Storgatan 1"}
    assert (kept["outcome"], kept["change"]["mends_kept"]) == ("unchanged", True)
    assert (kept["change"]["mends"], kept["change"]["differences"]) == ([street], [])
    [updated] = take(api, new("N-1", lines=[LINE | {"quantity": "3"}]))["orders"]
    assert [each["what"] for each in updated["change"]["differences"]] == ["lines[1].quantity"]
    assert (updated["change"]["net_before"], updated["change"]["net_after"]) == ("20.00", "30.00")
    log = api.get("/api/audit-log").get_json()["items"]
    assert [each["action"] for each in log if each["action"] == "order.replaced"] == [
        "order.replaced"
    ]


def test_what_cannot_be_stored_rejects_its_order_and_no_other(api: Api) -> None:
    taken = take(
        api,
        new("N-1"),
        new("N-2", order_date="soon"),
        new("N-3", lines=[LINE, LINE | {"quantity": "two"}]),
        new("", currency="EUR"),
        new("N-5"),
        new("N-5", currency="CHF"),
        new("N-6", buyer=BUYER | {"name": "x\u202ey"}),
    )
    assert taken["created"] == 1
    assert taken["rejected"] == 6
    assert codes(taken) == [
        ("N-2", "order_date", "bad_date"),
        ("N-3", "lines[2].quantity", "not_a_number"),
        ("", "order_number", "missing_value"),
        ("N-5", "order_number", "duplicate_order"),
        ("N-5", "order_number", "duplicate_order"),
        ("N-6", "customer.name", "control_character"),
    ]
    stored = api.get("/api/orders").get_json()["items"]
    assert [order["order_number"] for order in stored] == ["N-1"]


def test_an_order_with_a_flaw_is_stored_and_its_findings_are_answered(api: Api) -> None:
    taken = take(api, new("N-1", buyer=BUYER | {"street": ""}), new("N-2", lines=[]))
    assert outcomes(taken) == {"N-1": "created", "N-2": "created"}
    assert codes(taken) == [
        ("N-1", "customer.street", "customer_street_missing"),
        ("N-2", "lines", "order_without_lines"),
    ]


def test_an_invoiced_order_and_one_of_another_customer_stay_as_they_are(
    api: Api, clerk: Account
) -> None:
    ids = [each["order_id"] for each in take(api, new("N-1"), new("N-2"))["orders"]]
    invoice_order(clerk.organization_id, clerk.user_id, ids[0])
    changed = [new("N-1", currency="CHF"), new("N-2", customer_number="C10")]
    taken = take(api, *changed)
    assert outcomes(taken) == {"N-1": "rejected", "N-2": "rejected"}
    assert [code for _, _, code in codes(taken)] == [
        "order_already_invoiced",
        "order_of_another_customer",
    ]
    allowed = take(api, changed[1], allow_customer_changes=True)
    assert outcomes(allowed) == {"N-2": "updated"}
    assert api.get(f"/api/orders/{ids[1]}").get_json()["customer_number"] == "C10"


def test_a_request_takes_at_most_a_thousand_orders(api: Api) -> None:
    for orders in ([], [new(f"N-{n}") for n in range(1_001)]):
        assert api.post("/api/orders", json={"orders": orders}).status_code == 422
    taken = take(api, *(new(f"N-{n}") for n in range(1_000)))
    assert taken["created"] == 1_000
