"""An order is mended while others work on it: another person, or a job that is to invoice it."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from tests.http.conftest import Api, job_at_its_end
from tests.http.test_orders_as_json import LINE, new, take
from tests.records import Account, new_orders
from tests.workers import invoice_worker


def test_of_several_changes_of_one_state_exactly_one_is_stored(
    app: Flask, api: Api, clerk: Account
) -> None:
    order_id = new_orders(clerk, 1)[0]
    currencies = ("CHF", "SEK", "USD", "GBP", "NOK", "DKK")

    def change(currency: str) -> int:
        other = Api(app, api.token)
        path = f"/api/orders/{order_id}"
        return other.patch(path, json={"currency": currency}, seen='"0"').status_code

    with ThreadPoolExecutor(len(currencies)) as threads:
        statuses = list(threads.map(change, currencies))
    assert sorted(statuses) == [200, *[412] * (len(currencies) - 1)]
    stored = api.get(f"/api/orders/{order_id}").get_json()
    assert stored["currency"] == currencies[statuses.index(200)]
    assert stored["revision"] == 1
    changes = api.get("/api/changes").get_json()["items"]
    assert [each["new"] for act in changes for each in act["changes"]] == [stored["currency"]]


def test_an_order_that_waits_in_a_job_is_invoiced_as_mended(api: Api) -> None:
    ids = [each["order_id"] for each in take(api, new("N-1"), new("N-2", lines=[]))["orders"]]
    job = api.post("/api/batch-jobs", json={"order_ids": ids}).get_json()
    assert api.get(f"/api/orders/{ids[0]}").get_json()["waiting_in_job"] == job["id"]
    for order_id in ids:
        given = {"lines": [LINE | {"quantity": "7"}]}
        assert api.patch(f"/api/orders/{order_id}", json=given).status_code == 200
    with invoice_worker():
        assert job_at_its_end(api, job["id"])["successful_items"] == 2
    assert {each["net"] for each in api.get("/api/invoices").get_json()["items"]} == {"70.00"}
