"""Every mend is in the audit log with old and new value, as JSON and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

from models.database import org_transaction
from models.orders.mends import mended_fields
from tests.http.conftest import Api
from tests.http.test_orders_as_json import LINE, new, take
from tests.records import Account


def three_mends(api: Api) -> tuple[int, int]:
    """Of one order, of both by their customer, and of both alike; returns their ids."""
    first, second = (each["order_id"] for each in take(api, new("N-1"), new("N-2"))["orders"])
    lines = [LINE | {"quantity": "2.50"}, LINE | {"description": "=1+1"}]
    given = {"buyer": {"street": "Storgatan 9"}, "lines": lines}
    assert api.patch(f"/api/orders/{first}", json=given).status_code == 200
    customer = api.get(f"/api/orders/{first}").get_json()["customer_id"]
    given = {"city": "Lund", "apply_to_open_orders": True}
    assert api.patch(f"/api/customers/{customer}", json=given).status_code == 200
    given = {"order_ids": [first, second], "column": "currency", "value": "SEK"}
    assert api.post("/api/orders/change", json=given).status_code == 200
    assert api.patch(f"/api/orders/{first}", json={"currency": "SEK"}).status_code == 200
    return first, second


EXPECTED = [
    ("N-1", "order", "customer.street", "Storgatan 1", "Storgatan 9"),
    ("N-1", "order", "lines[1].quantity", "2", "2.5"),
    ("N-1", "order", "lines[2].description", "", "=1+1"),
    ("", "customer", "customer.city", "Malmö", "Lund"),
    ("N-2", "customer", "customer.city", "Malmö", "Lund"),
    ("N-1", "selection", "currency", "EUR", "SEK"),
    ("N-2", "selection", "currency", "EUR", "SEK"),
]


def test_the_log_has_each_value_before_and_after(api: Api, clerk: Account) -> None:
    first, _ = three_mends(api)
    page = api.get("/api/changes").get_json()
    assert page["next"] is None
    flat = [
        (act["order_number"] or "", act["reason"], each["field"], each["old"] or "", each["new"])
        for act in reversed(page["items"])
        for each in act["changes"]
        if not each["field"].startswith("lines[2]") or each["field"] == EXPECTED[2][2]
    ]
    assert flat == EXPECTED
    assert {(act["user"], act["token"]) for act in page["items"]} == {(clerk.email, "test")}
    assert {act["source_address"] for act in page["items"]} == {"127.0.0.1"}
    of_first = api.get(f"/api/changes?order_id={first}&limit=1").get_json()
    assert [act["order_number"] for act in of_first["items"]] == ["N-1"]
    older = api.get(f"/api/changes?order_id={first}&cursor={of_first['next']}").get_json()
    assert [act["reason"] for act in older["items"]] == ["order"]


def test_the_file_has_one_value_per_row_and_no_formula(api: Api) -> None:
    three_mends(api)
    answer = api.get("/api/changes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert answer.mimetype == "text/csv"
    flat = [
        tuple(row[name] for name in ("order_number", "reason", "field", "old", "new"))
        for row in rows
        if not row["field"].startswith("lines[2]") or row["field"] == EXPECTED[2][2]
    ]
    assert flat == [(*row[:4], "'=1+1" if row[4] == "=1+1" else row[4]) for row in EXPECTED]


def test_the_log_is_filtered_by_day_and_by_organization(
    api: Api, strangers_api: Api, clerk: Account
) -> None:
    three_mends(api)
    day = datetime.now(UTC).date()
    after, before = day + timedelta(days=1), day - timedelta(days=1)
    for query, is_found in (
        (f"from={before}&to={after}", True),
        (f"from={after}", False),
        (f"to={before}", False),
    ):
        assert bool(api.get(f"/api/changes?{query}").get_json()["items"]) == is_found
        lines = api.get(f"/api/changes.csv?{query}").get_data(as_text=True).splitlines()
        assert (len(lines) > 1) == is_found
    assert api.get(f"/api/changes?from={after}&to={before}").status_code == 422
    assert strangers_api.get("/api/changes").get_json()["items"] == []


def test_the_import_learns_what_was_mended(api: Api, clerk: Account) -> None:
    first, second = three_mends(api)
    api.patch(f"/api/orders/{first}", json={"currency": "EUR"})
    with org_transaction(clerk.organization_id) as session:
        mends = mended_fields(session, [first, second])
    assert mends[first]["customer.street"] == ("Storgatan 1", "Storgatan 9")
    assert mends[first]["lines[1].quantity"] == ("2", "2.5")
    assert "currency" not in mends[first]
    assert mends[second] == {"customer.city": ("Malmö", "Lund"), "currency": ("EUR", "SEK")}
