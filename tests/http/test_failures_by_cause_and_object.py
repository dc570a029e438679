"""Failed orders in groups by cause and object: what is mended, and what it is worth."""

from typing import Any

import dramatiq
import pytest
from sqlalchemy import update

from models.database import org_transaction, owner_transaction
from models.invoices.single_invoice import invoice_order
from models.jobs.failure_groups import Failure, FailureObject, object_of
from models.orders.attention import mark_outdated
from models.tables.organization import Organization
from tests.http.conftest import Api, job_at_its_end
from tests.http.test_orders_as_json import BUYER, LINE, new, take
from tests.records import Account, new_orders

NO_STREET = BUYER | {"name": "Blumen Sommerfeld", "street": ""}
# A guest who shares the customer number; the address book has the newest order's buyer.
OF_ANOTHER = {"customer_number": "S", "buyer": NO_STREET | {"name": "Another"}}
BRIEFLY = ("error_code", "object", "count", "mended", "closed", "amounts")


def flawed_orders(api: Api) -> dict[str, int]:
    """The ids by number: seven orders with four causes, and a good one."""
    taken = take(
        api,
        new("S-1", customer_number="S", buyer=NO_STREET),
        new("S-2", customer_number="S", buyer=NO_STREET, lines=[LINE, LINE]),
        new("S-3", **OF_ANOTHER, currency="USD", order_date="2026-01-01"),
        new("C-1", currency="XXQ"),
        new("C-2", currency="XXQ"),
        new("Q-1", lines=[LINE, LINE | {"quantity": "0"}]),
        new("Q-2", lines=[LINE | {"quantity": "0"}, LINE]),
        new("OK-1"),
    )
    return {each["order_number"]: each["order_id"] for each in taken["orders"]}


def briefly(groups: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(group[name] for name in BRIEFLY) for group in groups["groups"]]


def amount(gross: str, currency: str = "EUR") -> list[dict[str, str]]:
    return [{"currency": currency, "gross": gross}]


def customer_of(api: Api, order_id: int) -> int:
    found: int = api.get(f"/api/orders/{order_id}").get_json()["customer_id"]
    return found


def expected(api: Api, ids: dict[str, int]) -> list[tuple[Any, ...]]:
    customer = {"kind": "customer", "id": customer_of(api, ids["S-1"]), "value": None}
    return [
        (
            "currency_unknown",
            {"kind": "value", "id": None, "name": "currency “XXQ”", "value": "XXQ"},
            2, 0, 0, [],
        ),
        (
            "customer_street_missing",
            customer | {"name": "Blumen Sommerfeld"},
            2, 0, 0, amount("71.40"),
        ),
        (
            "quantity_not_positive",
            {"kind": "order", "id": None, "name": "2 orders", "value": None},
            2, 0, 0, amount("47.60"),
        ),
        (
            "customer_street_missing",
            {"kind": "order", "id": ids["S-3"], "name": "S-3", "value": None},
            1, 0, 0, amount("23.80", "USD"),
        ),
    ]  # fmt: skip


def test_a_job_is_mended_group_by_group_and_only_that_is_retried(
    api: Api, clerk: Account, worker: dramatiq.Worker
) -> None:
    ids = flawed_orders(api)
    preview = api.post("/api/batch-jobs/preview", json={"order_ids": list(ids.values())})
    assert sorted(briefly(preview.get_json()["failures"]), key=str) == sorted(
        expected(api, ids), key=str
    )
    job = api.post("/api/batch-jobs", json={"order_ids": list(ids.values())}).get_json()
    url = f"/api/batch-jobs/{job['id']}"
    assert job_at_its_end(api, job["id"])["failed_items"] == 7
    groups = api.get(f"{url}/failure-groups").get_json()
    assert sorted(briefly(groups), key=str) == sorted(expected(api, ids), key=str)
    assert (groups["failed"], groups["mended"], groups["more"]) == (7, 0, False)
    refused = api.post(f"{url}/retry-failed", json={"mended": True})
    assert refused.status_code == 409

    street = {"street": "Hafenweg 2", "apply_to_open_orders": True}
    api.patch(f"/api/customers/{customer_of(api, ids['S-1'])}", json=street)
    api.patch(f"/api/orders/{ids['C-1']}", json={"currency": "EUR"})
    api.patch(f"/api/orders/{ids['Q-1']}", json={"lines": [LINE]})
    api.patch(f"/api/orders/{ids['Q-2']}", json={"lines": [LINE]})
    number = invoice_order(clerk.organization_id, clerk.user_id, ids["Q-2"]).number
    groups = api.get(f"{url}/failure-groups").get_json()
    rows = {each["order_number"]: each for group in groups["groups"] for each in group["orders"]}
    mended = {number for number, row in rows.items() if row["mended"]}
    assert mended == {"S-1", "S-2", "C-1", "Q-1"}
    assert groups["mended"] == 4
    assert rows["Q-2"]["invoice_number"] == number
    assert {group["closed"] for group in groups["groups"]} == {0, 1}

    with owner_transaction() as session:
        session.execute(update(Organization).values(payment_days=99))
    # By the new seller's data nobody has checked the orders yet.
    assert api.get(f"{url}/failure-groups").get_json()["mended"] == 0
    items = api.get(f"{url}/items?status=failed").get_json()["items"]
    assert [item["order_number"] for item in items if item["mended"]] == []
    assert api.post(f"{url}/retry-failed", json={"mended": True}).status_code == 409
    with org_transaction(clerk.organization_id) as session:
        mark_outdated(session, clerk.organization_id)
    items = api.get(f"{url}/items?status=failed").get_json()["items"]
    assert {item["order_number"] for item in items if item["mended"]} == mended

    retried = api.post(f"{url}/retry-failed", json={"mended": True})
    assert retried.status_code == 200
    ended = job_at_its_end(api, job["id"])
    assert (ended["successful_items"], ended["failed_items"]) == (5, 3)
    assert api.get(f"{url}/failure-groups").get_json()["mended"] == 0


def test_an_order_that_nobody_has_checked_since_is_not_mended(
    api: Api, clerk: Account, worker: dramatiq.Worker
) -> None:
    order_ids = new_orders(clerk, 1, flawed=[0])
    job = api.post("/api/batch-jobs", json={"order_ids": order_ids}).get_json()
    assert job_at_its_end(api, job["id"])["failed_items"] == 1
    groups = api.get(f"/api/batch-jobs/{job['id']}/failure-groups").get_json()
    assert groups["mended"] == 0


@pytest.mark.parametrize(
    ("field", "message", "kind", "name"),
    [
        ("customer.street", "Customer B has no street.", "customer", "B"),
        ("customer.vat_id", "Customer B has no VAT id.", "customer", "B"),
        ("organization.vat_id", "Your organisation has no VAT id.", "organization", ""),
        ("lines[3].unit", "Line 3 has the unit “foo”.", "value", "unit “foo”"),
        ("lines[12].tax_category", "It has “X”.", "value", "tax category “X”"),
        ("currency", "Order A has no currency.", "value", "no currency"),
        ("lines[1].quantity", "Line 1 has the quantity 0.", "order", "A-1"),
        ("expected_gross", "It differs: “1.00”.", "order", "A-1"),
        ("order", "Work never finished.", "order", "A-1"),
    ],
)
def test_the_object_follows_from_the_field(field: str, message: str, kind: str, name: str) -> None:
    ids = {"customer": 7, "order": 9}
    failure = Failure(9, "A-1", "some_code", field, message, "", 7, "B", "B")
    of = object_of(failure)
    assert (of.kind, of.id, of.name) == (kind, ids.get(kind), name)


@pytest.mark.parametrize(
    ("code", "message", "name", "value"),
    [
        ("unit_unknown", "Line 3 has the unit “foo”.", "tax category “foo”", "foo"),
        ("tax_category_unknown", "Line 3 has no tax category.", "no tax category", ""),
        ("not_intra_community", "Line 3 is taxed as such.", "tax category “K”", "K"),
        ("not_an_export", "Line 3 is taxed as such.", "tax category “G”", "G"),
        ("not_subject_to_vat_mixed", "Line 3 is not.", "tax category “O”", "O"),
    ],
)
def test_a_group_about_a_value_names_it(code: str, message: str, name: str, value: str) -> None:
    failure = Failure(9, "A-1", code, "lines[3].tax_category", message, "", 7, "B", "B")
    assert object_of(failure) == FailureObject("value", None, name, value)


def test_another_organization_sees_no_groups(strangers_api: Api, api: Api, clerk: Account) -> None:
    ids = list(flawed_orders(api).values())
    job = api.post("/api/batch-jobs", json={"order_ids": ids}).get_json()
    assert strangers_api.get(f"/api/batch-jobs/{job['id']}/failure-groups").status_code == 404
