"""Pausing, resuming, retrying and cancelling a job over the API, and when it is forbidden."""

import uuid
from typing import Any

import dramatiq
import pytest
from sqlalchemy import update

from models.database import owner_transaction
from models.tables.order import OrderLine
from tests.http.conftest import Api, job_at_its_end
from tests.records import Account, new_orders

ACTIONS = ("pause", "resume", "retry-failed", "cancel")


def submitted(api: Api, order_ids: list[int]) -> str:
    answer = api.post("/api/batch-jobs", json={"order_ids": order_ids})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.get_json()["id"]
    return job_id


def act(api: Api, job_id: str, action: str, **options: Any) -> tuple[int, dict[str, Any]]:
    answer = api.post(f"/api/batch-jobs/{job_id}/{action}", **options)
    assert answer.mimetype == (
        "application/json" if answer.status_code == 200 else "application/problem+json"
    )
    return answer.status_code, answer.get_json()


def correct_order(*order_ids: int) -> None:
    with owner_transaction() as session:
        session.execute(
            update(OrderLine).where(OrderLine.order_id.in_(order_ids)).values(quantity=1)
        )


def test_a_resumed_job_goes_on(api: Api, clerk: Account, request: pytest.FixtureRequest) -> None:
    job_id = submitted(api, new_orders(clerk, 3))
    assert act(api, job_id, "pause")[1]["status"] == "paused"
    request.getfixturevalue("worker")
    status, job = act(api, job_id, "resume")
    assert (status, job["id"]) == (200, job_id)
    assert job_at_its_end(api, job_id)["successful_items"] == 3


def test_a_forbidden_action_is_refused_with_the_status(api: Api, clerk: Account) -> None:
    job_id = submitted(api, new_orders(clerk, 2))
    forbidden = {"pending": ("resume", "retry-failed"), "paused": ("pause", "retry-failed")}
    for status, actions in forbidden.items():
        if status == "paused":
            assert act(api, job_id, "pause")[0] == 200
        for action in actions:
            code, problem = act(api, job_id, action)
            assert (code, problem["code"]) == (409, "forbidden_transition"), action
            assert status in problem["detail"], action
    act(api, job_id, "cancel")
    for action in ACTIONS:
        code, problem = act(api, job_id, action)
        assert (code, "cancelled" in problem["detail"]) == (409, True), action


@pytest.mark.parametrize("action", ACTIONS)
def test_another_organisations_job_does_not_exist(
    api: Api, strangers_api: Api, clerk: Account, action: str
) -> None:
    job_id = submitted(api, new_orders(clerk, 1))
    for ask, asked in ((strangers_api, job_id), (api, str(uuid.uuid4()))):
        code, problem = act(ask, asked, action)
        assert (code, problem["code"]) == (404, "not_found")


def test_one_order_is_retried_first_and_then_the_rest(
    api: Api, clerk: Account, worker: dramatiq.Worker
) -> None:
    order_ids = new_orders(clerk, 6, flawed=[1, 3, 5])
    job_id = submitted(api, order_ids)
    assert job_at_its_end(api, job_id)["failed_items"] == 3
    correct_order(order_ids[1], order_ids[3])

    canary = {"error_code": "quantity_not_positive", "order_ids": [order_ids[1]], "limit": 1}
    assert act(api, job_id, "retry-failed", json=canary)[0] == 200
    job = job_at_its_end(api, job_id)
    assert (job["status"], job["successful_items"], job["failed_items"]) == ("completed", 4, 2)

    assert act(api, job_id, "retry-failed")[0] == 200  # no body: all that failed
    job = job_at_its_end(api, job_id)
    assert (job["successful_items"], job["failed_items"]) == (5, 1)
    assert [error["order_id"] for error in job["errors"]] == [order_ids[5]]


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "currency_unknown"},
        {"order_ids": []},
        {"order_ids": [987654, -1, 2**70]},
    ],
    ids=str,
)
def test_a_retry_that_selects_no_failed_order_is_refused(
    api: Api, clerk: Account, worker: dramatiq.Worker, body: dict[str, Any]
) -> None:
    job_id = submitted(api, new_orders(clerk, 2, flawed=[0]))
    before = job_at_its_end(api, job_id)
    code, problem = act(api, job_id, "retry-failed", json=body)
    assert (code, problem["code"]) == (409, "forbidden_transition")
    assert "nothing to retry" in problem["detail"]
    assert api.get(f"/api/batch-jobs/{job_id}").get_json() == before


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"error_codes": []}, "error_codes", "unknown_field"),
        ({"limit": 0}, "limit", "out_of_range"),
        ({"limit": 10**30}, "limit", "out_of_range"),
        ({"order_ids": ["1"]}, "order_ids[0]", "not_an_integer"),
        ({"error_code": "a\0b"}, "error_code", "unknown_error_code"),
        ({"error_code": 5}, "error_code", "not_a_text"),
    ],
    ids=str,
)
def test_an_invalid_selection_is_refused(
    api: Api, clerk: Account, body: dict[str, Any], field: str, code: str
) -> None:
    job_id = submitted(api, new_orders(clerk, 1))
    status, problem = act(api, job_id, "retry-failed", json=body)
    (error,) = problem["errors"]
    assert (status, error["field"], error["code"]) == (422, field, code)
    assert error["remedy"]


def test_a_retry_with_a_body_that_is_not_json_is_refused(api: Api, clerk: Account) -> None:
    job_id = submitted(api, new_orders(clerk, 1))
    assert act(api, job_id, "retry-failed", data="{", content_type="application/json")[0] == 400
    assert act(api, job_id, "retry-failed", data="limit=1", content_type="text/plain")[0] == 415


def test_an_item_retried_with_success_has_no_error(
    api: Api, clerk: Account, worker: dramatiq.Worker
) -> None:
    (order_id,) = new_orders(clerk, 1, flawed=[0])
    job_id = submitted(api, [order_id])
    assert job_at_its_end(api, job_id)["status"] == "failed"
    correct_order(order_id)
    act(api, job_id, "retry-failed", json={"error_code": "quantity_not_positive"})
    assert job_at_its_end(api, job_id)["status"] == "completed"
    (item,) = api.get(f"/api/batch-jobs/{job_id}/items").get_json()["items"]
    assert (item["status"], item["error"]) == ("succeeded", None)
