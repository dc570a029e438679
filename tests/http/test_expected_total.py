"""A batch with an expected number of orders takes exactly this number, or is refused."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.http.conftest import Api
from tests.records import Account, new_orders

CONFIRMED = {"status": "confirmed"}


def submit(api: Api, key: str | None = None, **body: Any) -> TestResponse:
    headers = api.headers | ({"Idempotency-Key": key} if key else {})
    return api._client.post("/api/batch-jobs", json=body, headers=headers)


def test_a_batch_with_the_expected_number_of_orders_is_accepted(api: Api, clerk: Account) -> None:
    new_orders(clerk, 4)
    answer = submit(api, filter=CONFIRMED, expected_total=4)
    assert (answer.status_code, answer.get_json()["total_items"]) == (202, 4)


def acts(api: Api) -> list[Any]:
    """The audit log without the creation of the token that the test uses."""
    items = api.get("/api/audit-log").get_json()["items"]
    return [act for act in items if act["action"] != "token.created"]


@pytest.mark.parametrize("seen", [1, 3, 5, 200_000])
def test_another_number_is_refused_with_both_numbers_and_nothing_is_stored(
    api: Api, clerk: Account, seen: int
) -> None:
    new_orders(clerk, 4)
    answer = submit(api, filter=CONFIRMED, expected_total=seen)
    problem = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert (problem["code"], problem["actual_total"]) == ("total_changed", 4)
    (finding,) = problem["errors"]
    assert (finding["field"], finding["code"]) == ("expected_total", "total_changed")
    assert f"{seen:,}" in problem["detail"]
    assert "4" in problem["detail"]
    assert finding["remedy"]
    assert api.get("/api/batch-jobs").get_json()["items"] == []
    assert acts(api) == []


def test_the_refusal_does_not_use_up_the_key(api: Api, clerk: Account) -> None:
    new_orders(clerk, 3)
    body = {"filter": CONFIRMED, "expected_total": 5}
    assert submit(api, "key", **body).status_code == 409
    new_orders(clerk, 2, prefix="B")
    assert submit(api, "key", **body).status_code == 202


def test_a_repeated_request_is_not_counted_again(api: Api, clerk: Account) -> None:
    new_orders(clerk, 3)
    body = {"filter": CONFIRMED, "expected_total": 3}
    first = submit(api, "key", **body)
    new_orders(clerk, 2, prefix="B")
    again = submit(api, "key", **body)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.get_json()["id"] == first.get_json()["id"]


def test_another_number_under_the_same_key_is_another_request(api: Api, clerk: Account) -> None:
    new_orders(clerk, 3)
    assert submit(api, "key", filter=CONFIRMED, expected_total=3).status_code == 202
    for body in ({"expected_total": 4}, {}):
        refused = submit(api, "key", filter=CONFIRMED, **body)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")


def test_the_number_is_checked_for_ids_too(api: Api, clerk: Account) -> None:
    ids = new_orders(clerk, 3)
    refused = submit(api, order_ids=ids, expected_total=2)
    assert (refused.status_code, refused.get_json()["actual_total"]) == (409, 3)
    assert submit(api, order_ids=ids, expected_total=3).status_code == 202


def test_a_filter_that_no_longer_matches_anything_is_refused(api: Api, clerk: Account) -> None:
    answer = submit(api, filter=CONFIRMED, expected_total=3)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "no_orders_match")
    assert problem["errors"][0]["field"] == "filter"
    assert problem["errors"][0]["remedy"]


@pytest.mark.parametrize("wrong", [-1, 2**31, 10**400, "3", 3.0, True])
def test_an_invalid_number_of_orders_is_refused(api: Api, clerk: Account, wrong: object) -> None:
    new_orders(clerk, 1)
    answer = submit(api, filter=CONFIRMED, expected_total=wrong)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "expected_total"


def test_the_description_contains_the_number_and_the_refusal(app: Flask, api: Api) -> None:
    description = api.get("/api/openapi.json").get_json()
    schemas = description["components"]["schemas"]
    assert "409" in schemas["BatchJobRequest"]["properties"]["expected_total"]["description"]
    assert "actual_total" in schemas["Problem"]["properties"]
    assert "409" in description["paths"]["/api/batch-jobs"]["post"]["responses"]


def test_the_audit_log_records_the_request(api: Api, clerk: Account) -> None:
    submit(api, filter=CONFIRMED | {"q": "A0"}, expected_total=3, priority="low")
    ids = new_orders(clerk, 3)
    submit(api, filter=CONFIRMED | {"q": "A0"}, expected_total=3, priority="low")
    submit(api, order_ids=ids[:1])
    of_ids, of_filter = [act["details"] for act in acts(api)]
    if "filter" in of_ids:
        of_ids, of_filter = of_filter, of_ids
    assert of_ids == {"orders": 1, "priority": "normal"}
    assert of_filter == {
        "orders": 3,
        "priority": "low",
        "filter": {"status": "confirmed", "q": "A0"},
    }
