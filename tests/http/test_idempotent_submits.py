"""The same request sent twice is one job."""

import pytest
from werkzeug.test import TestResponse

from tests.http.conftest import Api
from tests.records import Account, new_orders


def submit(api: Api, key: str | None, **body: object) -> TestResponse:
    headers = api.headers | ({} if key is None else {"Idempotency-Key": key})
    return api._client.post("/api/batch-jobs", json=body, headers=headers)


def test_the_same_key_and_body_name_the_same_job(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 2)
    first = submit(api, "order-run 1", order_ids=order_ids)
    again = submit(api, "order-run 1", order_ids=order_ids)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.get_json() == first.get_json()
    assert again.location == first.location == f"/api/batch-jobs/{first.get_json()['id']}"
    assert len(api.get("/api/batch-jobs").get_json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 2)
    assert submit(api, "key", order_ids=order_ids).status_code == 202
    bodies: list[dict[str, object]] = [
        {"order_ids": order_ids[:1]},
        {"filter": {}},
        {"order_ids": order_ids, "priority": "low"},
    ]
    for body in bodies:
        refused = submit(api, "key", **body)
        problem = refused.get_json()
        assert (refused.status_code, problem["code"]) == (422, "idempotency_key_reused")
        assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert len(api.get("/api/batch-jobs").get_json()["items"]) == 1


def test_without_a_key_or_with_another_one_it_is_another_job(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 1)
    answers = [submit(api, key, order_ids=order_ids) for key in (None, None, "a", "b")]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.get_json()["id"] for answer in answers}) == 4


def test_each_organisation_has_its_own_keys(
    api: Api, strangers_api: Api, clerk: Account, stranger: Account
) -> None:
    new_orders(clerk, 1)
    new_orders(stranger, 1)
    ours, theirs = (submit(one, "key", filter={}) for one in (api, strangers_api))
    assert (ours.status_code, theirs.status_code) == (202, 202)
    assert ours.get_json()["id"] != theirs.get_json()["id"]


def test_a_refused_request_does_not_use_up_its_key(api: Api, clerk: Account) -> None:
    assert submit(api, "key", order_ids=[987654]).status_code == 422
    assert submit(api, "key", order_ids=new_orders(clerk, 1)).status_code == 202


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "a\tb"], ids=repr)
def test_an_invalid_key_is_refused(api: Api, clerk: Account, key: str) -> None:
    refused = submit(api, key, order_ids=new_orders(clerk, 1))
    assert (refused.status_code, refused.get_json()["code"]) == (422, "invalid_idempotency_key")


def test_the_longest_valid_key_is_accepted(api: Api, clerk: Account) -> None:
    assert submit(api, "~" * 255, order_ids=new_orders(clerk, 1)).status_code == 202
