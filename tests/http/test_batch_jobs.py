"""A batch over the API, from the request to the invoices."""

import uuid
from typing import Any

import dramatiq
import pytest
from flask.testing import FlaskClient

from tests.http.conftest import Api, job_at_its_end
from tests.records import Account, new_orders

JOB_FIELDS = {
    "id",
    "job_type",
    "status",
    "priority",
    "total_items",
    "processed_items",
    "successful_items",
    "failed_items",
    "cancelled_items",
    "created_at",
    "started_at",
    "completed_at",
    "created_by",
    "errors",
    "waiting_for",
    "waiting_since",
}


def submitted(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.post("/api/batch-jobs", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.get_json()
    assert answer.location == f"/api/batch-jobs/{job['id']}"
    return job


def test_a_submit_returns_the_stored_job(api: Api, clerk: Account) -> None:
    job = submitted(api, order_ids=new_orders(clerk, 3))
    assert set(job) == JOB_FIELDS
    assert (job["status"], job["priority"], job["total_items"]) == ("pending", "normal", 3)
    assert job["processed_items"] == job["cancelled_items"] == 0
    assert job["created_by"] == clerk.email
    assert (job["started_at"], job["completed_at"], job["errors"]) == (None, None, [])
    assert api.get(f"/api/batch-jobs/{job['id']}").get_json() == job
    assert api.get("/api/batch-jobs").get_json() == {"items": [job], "next": None}


def test_every_order_ends_with_an_invoice_or_a_reason(
    api: Api, clerk: Account, worker: dramatiq.Worker
) -> None:
    order_ids = new_orders(clerk, 5, flawed=[2])
    job = job_at_its_end(api, submitted(api, order_ids=order_ids)["id"])
    assert (job["status"], job["successful_items"], job["failed_items"]) == ("completed", 4, 1)
    (error,) = job["errors"]
    assert set(error) == {"order_id", "order_number", "code", "message", "field", "remedy"}
    assert (error["order_id"], error["code"]) == (order_ids[2], "quantity_not_positive")
    items = api.get(f"/api/batch-jobs/{job['id']}/items").get_json()["items"]
    assert [item["order_id"] for item in items] == order_ids
    assert set(items[0]) == {
        "elsewhere",
        "mended",
        "order_id",
        "order_number",
        "status",
        "error",
        "invoice_id",
        "invoice_number",
        "attempts",
    }
    for item in items:
        if item["order_id"] == order_ids[2]:
            assert (item["status"], item["invoice_id"]) == ("failed", None)
            assert item["error"] == {
                name: error[name] for name in ("field", "code", "message", "remedy")
            }
        else:
            assert (item["status"], item["error"]) == ("succeeded", None)
            invoice = api.get(f"/api/invoices/{item['invoice_id']}").get_json()
            assert invoice["number"] == item["invoice_number"]
            assert (invoice["batch_job_id"], invoice["created_by"]) == (job["id"], clerk.email)
    failed = api.get(f"/api/batch-jobs/{job['id']}/items?status=failed").get_json()["items"]
    assert [item["order_id"] for item in failed] == [order_ids[2]]


def test_a_filter_takes_all_orders_that_match(api: Api, clerk: Account) -> None:
    new_orders(clerk, 4, prefix="A")
    new_orders(clerk, 2, prefix="D", status="draft")
    job = submitted(api, filter={"status": "confirmed"}, priority="urgent")
    assert (job["total_items"], job["priority"]) == (4, "urgent")
    by_number = submitted(api, filter={"q": "d000", "from": "2026-03-01", "to": "2026-03-01"})
    assert by_number["total_items"] == 2


def test_a_preview_says_what_would_happen_and_writes_nothing(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 3, flawed=[0])
    preview = api.post("/api/batch-jobs/preview", json={"order_ids": order_ids}).get_json()
    assert (preview["total"], preview["invoiceable"], preview["failing"]) == (3, 2, 1)
    assert preview["waiting"] == 0
    (reason,) = preview["reasons"]
    assert (reason["code"], reason["count"]) == ("quantity_not_positive", 1)
    assert (reason["order_id"], reason["order_number"]) == (order_ids[0], "A00000")
    assert preview["totals"] == [
        {"currency": "EUR", "count": 2, "net": "60.00", "tax": "11.40", "gross": "71.40"}
    ]
    assert api.get("/api/batch-jobs").get_json()["items"] == []
    assert api.get("/api/invoices").get_json()["items"] == []


def test_a_job_can_be_cancelled_once(api: Api, clerk: Account) -> None:
    job = submitted(api, order_ids=new_orders(clerk, 3))
    cancelled = api.post(f"/api/batch-jobs/{job['id']}/cancel")
    assert cancelled.status_code == 200
    after = cancelled.get_json()
    assert (after["status"], after["cancelled_items"]) == ("cancelled", 3)
    again = api.post(f"/api/batch-jobs/{job['id']}/cancel")
    assert again.status_code == 409
    assert again.get_json()["code"] == "forbidden_transition"


def test_a_browser_cancels_with_its_session(browser: FlaskClient, api: Api, clerk: Account) -> None:
    job = submitted(api, order_ids=new_orders(clerk, 1))
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = browser.post(f"/api/batch-jobs/{job['id']}/cancel", json={}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("action", ["", "/items", "/cancel"])
def test_a_job_that_does_not_exist_is_not_found(api: Api, action: str) -> None:
    ask = api.post if action == "/cancel" else api.get
    answer = ask(f"/api/batch-jobs/{uuid.uuid4()}{action}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json()["code"] == "not_found"


def test_an_id_that_is_not_a_uuid_is_not_found(api: Api) -> None:
    assert api.get("/api/batch-jobs/1").status_code == 404


def test_a_request_runs_the_sweep(api: Api, clerk: Account) -> None:
    submitted(api, order_ids=new_orders(clerk, 2))
    answer = api.post("/api/process-batch-jobs")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "ran": True,
        "jobs": 1,
        "jobs_left": 0,
        "messages_sent": 0,
        "jobs_ended": 0,
    }
