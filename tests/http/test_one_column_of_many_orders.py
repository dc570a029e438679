"""One column is changed in a whole selection of orders: shown first, then done."""

from typing import Any

import dramatiq
import pytest

from models.invoices.single_invoice import invoice_order
from tests.http.conftest import Api, job_at_its_end
from tests.http.test_orders_as_json import LINE, new, take
from tests.records import Account

FREIGHT = {"row_type": "charge", "amount": "5", "reason": "Freight", "tax_percent": "19"}
ROWS = [LINE | {"unit": "foo"}, LINE, FREIGHT]


def some_orders(api: Api, clerk: Account) -> dict[str, int]:
    """Two orders with an unknown unit on line 1, one without, one that is invoiced."""
    taken = take(
        api,
        new("N-1", lines=ROWS),
        new("N-2", lines=ROWS, currency="CHF"),
        new("N-3"),
        new("N-4"),
    )
    ids = {each["order_number"]: each["order_id"] for each in taken["orders"]}
    invoice_order(clerk.organization_id, clerk.user_id, ids["N-4"])
    return ids


def shown(api: Api, id_: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/orders/{id_}").get_json()
    return found


def test_a_check_shows_values_before_and_after_and_the_change_does_that(
    api: Api, clerk: Account
) -> None:
    ids = some_orders(api, clerk)
    wanted = {"order_ids": list(ids.values()), "column": "unit", "value": "kg"}
    checked = api.post("/api/orders/change/check", json=wanted).get_json()
    rows, more = checked.pop("rows"), checked.pop("more")
    assert checked == {
        "total": 4,
        "changed": 3,
        "unchanged": 0,
        "invoiced": 1,
        "values": 5,
        "freed_orders": 2,
        "frees": [
            {"currency": "CHF", "orders": 1, "gross": "53.55"},
            {"currency": "EUR", "orders": 1, "gross": "53.55"},
        ],
        "blocked_orders": 0,
    }
    assert more is False
    values = [(r["order_number"], r["line_number"], r["before"], r["after"]) for r in rows]
    assert values == [
        ("N-1", 1, "foo", "KGM"),
        ("N-1", 2, "C62", "KGM"),
        ("N-2", 1, "foo", "KGM"),
        ("N-2", 2, "C62", "KGM"),
        ("N-3", 1, "C62", "KGM"),
    ]
    assert {(row["field"], row["finding"]) for row in rows} == {("unit", None)}
    assert shown(api, ids["N-1"])["lines"][0]["unit"] == "foo"
    assert api.post("/api/orders/change", json=wanted).get_json() == checked
    assert [row["unit"] for row in shown(api, ids["N-1"])["lines"]] == ["KGM", "KGM", "C62"]
    assert shown(api, ids["N-1"])["attention"] is None
    assert shown(api, ids["N-4"])["lines"][0]["unit"] == "C62"
    again = api.post("/api/orders/change", json=wanted).get_json()
    assert (again["changed"], again["unchanged"], again["values"]) == (0, 3, 0)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("order_date", "2026-02-27", {"order_date": "2026-02-27"}),
        ("currency", "sek", {"currency": "SEK"}),
        ("status", "draft", {"status": "draft"}),
        ("expected_gross", "", {"expected_gross": None}),
    ],
)
def test_each_column_of_an_order_can_be_changed_by_a_filter(
    api: Api, clerk: Account, column: str, value: str, expected: dict
) -> None:
    id_ = take(api, new("N-1", expected_gross="1"))["orders"][0]["order_id"]
    wanted = {"filter": {"q": "N-1"}, "column": column, "value": value}
    assert api.post("/api/orders/change", json=wanted).get_json()["changed"] == 1
    found = shown(api, id_)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("column", "value", "line", "expected"),
    [
        ("tax", "AE", None, [("AE", "0"), ("AE", "0"), ("AE", "0")]),
        ("tax", "S 7", None, [("S", "7"), ("S", "7"), ("S", "7")]),
        ("tax", "s 7 %", 2, [("S", "19"), ("S", "7"), ("S", "19")]),
        ("tax", "S", None, [("S", "19"), ("S", "19"), ("S", "19")]),
        ("tax_percent", "7", 1, [("S", "7"), ("S", "19"), ("S", "19")]),
        ("tax_category", "E", 3, [("S", "19"), ("S", "19"), ("E", "19")]),
    ],
)
def test_tax_is_changed_with_its_rate(
    api: Api, column: str, value: str, line: int | None, expected: list
) -> None:
    id_ = take(api, new("N-1", lines=ROWS))["orders"][0]["order_id"]
    wanted = {"order_ids": [id_], "column": column, "value": value, "line_number": line}
    assert api.post("/api/orders/change", json=wanted).status_code == 200
    rows = shown(api, id_)["lines"]
    assert [(row["tax_category"], row["tax_percent"]) for row in rows] == expected


@pytest.mark.parametrize(
    ("column", "where", "value", "path", "expected"),
    [
        ("unit", "foo", "kg", "unit", ["KGM", "C62", "C62"]),
        ("unit", " C62 ", "kg", "unit", ["foo", "KGM", "C62"]),
        ("unit", "", "kg", "unit", ["foo", "C62", "C62"]),
        ("tax_percent", "19", "7", "tax_percent", ["7", "7", "7"]),
        ("tax_percent", "19.5", "7", "tax_percent", ["19", "19", "19"]),
        ("tax", "E", "S 7", "tax_percent", ["19", "19", "19"]),
        ("tax", "S", "AE", "tax_category", ["AE", "AE", "AE"]),
    ],
)
def test_a_line_keeps_a_value_that_is_not_the_one_to_be_replaced(
    api: Api, column: str, where: str, value: str, path: str, expected: list[str]
) -> None:
    id_ = take(api, new("N-1", lines=ROWS))["orders"][0]["order_id"]
    wanted = {"order_ids": [id_], "column": column, "value": value, "where": where}
    assert api.post("/api/orders/change", json=wanted).status_code == 200
    assert [row[path] for row in shown(api, id_)["lines"]] == expected


@pytest.mark.parametrize(
    ("column", "where", "value", "changed"),
    [
        ("currency", "EUR", "SEK", ["N-1"]),
        ("expected_gross", "", "12", ["N-1"]),
        ("expected_gross", "1", "12", ["N-2"]),
        ("buyer_city", "Malmö", "Lund", ["N-1", "N-2"]),
        ("buyer_city", "malmö", "Lund", []),
    ],
)
def test_an_order_keeps_a_value_that_is_not_the_one_to_be_replaced(
    api: Api, column: str, where: str, value: str, changed: list[str]
) -> None:
    taken = take(api, new("N-1"), new("N-2", currency="CHF", expected_gross="1"))
    ids = [each["order_id"] for each in taken["orders"]]
    wanted = {"order_ids": ids, "column": column, "value": value, "where": where}
    checked = api.post("/api/orders/change/check", json=wanted).get_json()
    assert [row["order_number"] for row in checked["rows"]] == changed


def test_all_orders_that_failed_in_a_job_by_one_rule_are_changed_however_many_are_listed(
    api: Api, strangers_api: Api, worker: dramatiq.Worker
) -> None:
    flawed = [new(f"N-{n:02}", lines=ROWS) for n in range(53)]
    others = [new("O-1", currency="XXQ", lines=[LINE]), new("O-2", lines=[LINE | {"unit": "baz"}])]
    taken = take(api, *flawed, *others)
    ids = [each["order_id"] for each in taken["orders"]]
    job = api.post("/api/batch-jobs", json={"order_ids": ids}).get_json()
    assert job_at_its_end(api, job["id"])["failed_items"] == 55
    api.patch(f"/api/orders/{ids[0]}", json={"status": "cancelled"})
    chosen = {"failed_in": {"job_id": job["id"], "error_code": "unit_unknown"}}
    wanted = {**chosen, "column": "unit", "value": "kg", "where": "foo"}
    done = api.post("/api/orders/change", json=wanted).get_json()
    assert (done["total"], done["changed"], done["freed_orders"]) == (53, 52, 52)
    assert done["frees"] == [{"currency": "EUR", "orders": 52, "gross": "2784.60"}]
    assert [row["unit"] for row in shown(api, ids[1])["lines"]] == ["KGM", "C62", "C62"]
    assert shown(api, ids[-1])["lines"][0]["unit"] == "baz"
    for both in ({"order_ids": ids}, {"filter": {}}, {"failed_in": None}):
        answer = api.post("/api/orders/change", json=wanted | both)
        assert answer.get_json()["code"] == "order_ids_or_filter"
    assert strangers_api.post("/api/orders/change", json=wanted).status_code == 404


def test_a_buyers_value_is_changed_on_the_orders(api: Api) -> None:
    ids = [each["order_id"] for each in take(api, new("N-1"), new("N-2"))["orders"]]
    wanted = {"order_ids": ids, "column": "buyer_country", "value": "de"}
    assert api.post("/api/orders/change", json=wanted).get_json()["changed"] == 2
    assert {shown(api, id_)["buyer"]["country"] for id_ in ids} == {"DE"}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("order_date", "soon", "value_unreadable"),
        ("currency", "Euro", "value_unreadable"),
        ("status", "invoiced", "value_unreadable"),
        ("tax", "", "value_unreadable"),
        ("tax_percent", "", "value_unreadable"),
        ("buyer_country", "Sweden", "value_unreadable"),
        ("quantity", "1", "unknown_value"),
    ],
)
def test_a_value_or_column_that_does_not_fit_is_refused(
    api: Api, column: str, value: str, code: str
) -> None:
    ids = [take(api, new("N-1"))["orders"][0]["order_id"]]
    wanted = {"order_ids": ids, "column": column, "value": value}
    for path in ("/api/orders/change/check", "/api/orders/change"):
        answer = api.post(path, json=wanted)
        assert (answer.status_code, answer.get_json()["code"]) == (422, code)


def test_the_table_is_bounded_and_a_selection_that_is_too_large_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = take(api, *(new(f"N-{n:03}", lines=[LINE] * 3) for n in range(80)))
    ids = [each["order_id"] for each in taken["orders"]]
    wanted = {"order_ids": ids, "column": "unit", "value": "kg"}
    checked = api.post("/api/orders/change/check", json=wanted).get_json()
    assert (checked["values"], len(checked["rows"]), checked["more"]) == (240, 200, True)
    monkeypatch.setattr("models.orders.mending.many_orders.MAX_CHANGED", 79)
    for chosen in ({"order_ids": ids}, {"filter": {}}):
        answer = api.post("/api/orders/change", json=wanted | {"order_ids": None} | chosen)
        assert answer.status_code == 422
        assert answer.get_json()["code"] == "too_many_orders_to_change"


def test_nobody_changes_the_orders_of_another_organization(api: Api, strangers_api: Api) -> None:
    ids = [take(api, new("N-1"))["orders"][0]["order_id"]]
    wanted = {"order_ids": ids, "column": "currency", "value": "SEK"}
    answer = strangers_api.post("/api/orders/change", json=wanted)
    assert answer.get_json()["code"] == "unknown_order_ids"
    assert shown(api, ids[0])["currency"] == "EUR"
