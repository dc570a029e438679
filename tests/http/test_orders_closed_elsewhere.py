"""A job shows which of its failed orders have been invoiced or cancelled since."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import dramatiq
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text

from models.database import owner_transaction
from tests.http.conftest import Api, job_at_its_end
from tests.jobs.order_correction import correct_order
from tests.records import Account, new_orders
from web.cli import main


@dataclass(frozen=True)
class Closed:
    """A job of six orders: one was invoiced, five failed. Of the five, one was corrected and
    invoiced on its own page, one by another job; one was cancelled, one had been invoiced before
    the job, and one is still open."""

    job_id: str
    own_page: str
    other_job: str
    already: str
    orders: list[int]


@pytest.fixture
def closed(api: Api, clerk: Account, worker: dramatiq.Worker) -> Closed:
    orders = new_orders(clerk, 6, flawed=[1, 2, 3, 4], lines=1)
    already = api.post(f"/api/orders/{orders[5]}/invoice").get_json()["number"]
    job_id = api.post("/api/batch-jobs", json={"order_ids": orders}).get_json()["id"]
    assert job_at_its_end(api, job_id)["failed_items"] == 5
    for order_id in orders[1:3]:
        correct_order(clerk.organization_id, order_id)
    own_page = api.post(f"/api/orders/{orders[1]}/invoice").get_json()["number"]
    other = api.post("/api/batch-jobs", json={"order_ids": [orders[2]]}).get_json()["id"]
    assert job_at_its_end(api, other)["successful_items"] == 1
    (other_job,) = [
        invoice["number"]
        for invoice in api.get(f"/api/invoices?batch_job_id={other}").get_json()["items"]
    ]
    with owner_transaction() as session:
        cancel = text("UPDATE orders SET status = 'cancelled' WHERE id = :id")
        session.execute(cancel, {"id": orders[3]})
    return Closed(job_id, own_page, other_job, already, orders)


def items_of(api: Api, job: Closed) -> list[dict[str, Any]]:
    found = api.get(f"/api/batch-jobs/{job.job_id}/items?status=failed").get_json()["items"]
    assert [item["order_id"] for item in found] == job.orders[1:]
    return found  # type: ignore[no-any-return]


def test_the_items_keep_their_outcome_and_say_what_has_happened_since(
    api: Api, closed: Closed
) -> None:
    items = items_of(api, closed)
    assert [item["error"]["code"] for item in items] == [
        *["quantity_not_positive"] * 4, "already_invoiced"
    ]  # fmt: skip
    assert [item["elsewhere"] and item["elsewhere"]["status"] for item in items] == [
        "invoiced", "invoiced", "cancelled", None, "invoiced"
    ]  # fmt: skip
    numbers = [item["elsewhere"] and item["elsewhere"]["invoice_number"] for item in items]
    assert numbers == [closed.own_page, closed.other_job, None, None, closed.already]
    job = api.get(f"/api/batch-jobs/{closed.job_id}").get_json()
    assert (job["successful_items"], job["failed_items"]) == (1, 5), "the counters equal the items"


def test_the_page_links_the_invoices_and_offers_a_retry_of_open_orders(
    api: Api, browser: FlaskClient, closed: Closed
) -> None:
    page = browser.get(f"/jobs/{closed.job_id}?status=failed").text
    for item in items_of(api, closed)[:2]:
        number, id_ = item["elsewhere"]["invoice_number"], item["elsewhere"]["invoice_id"]
        assert f'Invoiced since as <a href="/invoices/{id_}">{number}</a>' in page
    assert "Cancelled since." in page
    assert page.count("It failed here:") == 3
    assert page.count('aria-label="Retry order') == 1
    assert 'aria-label="Retry order A00004"' in page
    assert ">Retry all 1<" in page
    assert 'aria-label="Retry 1 order: Quantity not positive"' in page
    assert "Already invoiced</a>" in page
    assert f">Open {closed.already}</a>" in page
    assert "Retry 1 order: Already invoiced" not in page
    assert "<bdi>A00004</bdi></a>: " in page, "the reason's example is an order that is still open"
    assert page.count("(2 invoiced since, 1 cancelled since)") == 2  # the card, and the reasons


def test_the_file_of_failures_names_the_invoices(api: Api, closed: Closed) -> None:
    file = api.get(f"/api/batch-jobs/{closed.job_id}/failures.csv").text
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["elsewhere"], row["invoice_number"]) for row in rows] == [
        ("invoiced", closed.own_page), ("invoiced", closed.other_job), ("cancelled", ""),
        ("", ""), ("invoiced", closed.already),
    ]  # fmt: skip
    assert list(rows[0])[:7] == [
        "order_number", "code", "message", "field", "remedy", "customer_number", "customer_name"
    ]  # fmt: skip


def test_a_retry_takes_only_orders_that_are_still_open(api: Api, closed: Closed) -> None:
    path = f"/api/batch-jobs/{closed.job_id}/retry-failed"
    of_closed = [closed.orders[place] for place in (1, 2, 3, 5)]
    refused = api.post(path, json={"order_ids": of_closed})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "forbidden_transition")
    assert "invoiced or cancelled since" in refused.get_json()["detail"]

    assert api.post(path, json={}).status_code == 200
    job_at_its_end(api, closed.job_id)
    acts = api.get("/api/audit-log").get_json()["items"]
    retried = next(act for act in acts if act["action"] == "job.retried")
    assert retried["details"]["orders"] == 1
    assert [item["error"]["code"] for item in items_of_any_order(api, closed)].count(
        "already_invoiced"
    ) == 1, "no order was ended once more as invoiced already"


def items_of_any_order(api: Api, job: Closed) -> list[dict[str, Any]]:
    path = f"/api/batch-jobs/{job.job_id}/items?status=failed"
    return api.get(path).get_json()["items"]  # type: ignore[no-any-return]


def test_the_reconciliation_separates_invoiced_orders_from_others(
    api: Api, browser: FlaskClient, closed: Closed
) -> None:
    path = f"/api/batch-jobs/{closed.job_id}/reconciliation"
    found = api.get(path).get_json()
    assert found["agrees"]
    assert found["failed"]["count"] == found["invoiced_elsewhere"]["count"] + 2 == 5
    (since,) = found["invoiced_elsewhere"]["money"]
    assert (since["count"], since["gross"]) == (3, "35.70")  # the invoices' own amounts
    assert found["without_invoice"]["count"] == 2
    (failed,) = found["failed"]["money"]
    (without,) = found["without_invoice"]["money"]
    assert (failed["gross"], without["gross"]) == ("35.70", "0.00")
    page = browser.get(f"/jobs/{closed.job_id}/reconciliation").text
    assert "Invoiced outside of this job" in page
    assert "Still without an invoice" in page
    lines = api.get(f"{path}?format=csv").text.splitlines()
    assert "uninvoiced,invoiced_elsewhere,EUR,3,30.00,5.70,35.70,,," in lines


def test_the_command_line_shows_the_same(api: Api, closed: Closed) -> None:
    run = CliRunner().invoke
    listed = run(main, ["jobs", "failures", closed.job_id])
    assert f"Invoiced since as {closed.own_page}. It failed here: " in listed.stdout
    assert "Cancelled since. It failed here: " in listed.stdout
    document = json.loads(run(main, ["jobs", "failures", closed.job_id, "--json"]).stdout)
    assert [item["elsewhere"] for item in document["items"]] == [
        "invoiced", "invoiced", "cancelled", "", "invoiced"
    ]  # fmt: skip
    shown = run(main, ["jobs", "show", closed.job_id])
    assert "of these 2 invoiced since, 1 cancelled since" in shown.stdout
    assert "A00004: " in shown.stdout
    assert shown.exit_code == 0


def test_a_cancelled_order_that_was_invoiced_later_is_shown_as_invoiced_elsewhere(
    api: Api, browser: FlaskClient, clerk: Account
) -> None:
    order_ids = new_orders(clerk, 2)
    job_id = api.post("/api/batch-jobs", json={"order_ids": order_ids}).get_json()["id"]
    api.post(f"/api/batch-jobs/{job_id}/cancel")
    number = api.post(f"/api/orders/{order_ids[0]}/invoice").get_json()["number"]
    items = api.get(f"/api/batch-jobs/{job_id}/items?status=cancelled").get_json()["items"]
    assert [(item["elsewhere"] or {}).get("invoice_number") for item in items] == [number, None]
    page = browser.get(f"/jobs/{job_id}?status=cancelled").text
    assert "Invoiced since as <a href=" in page
    found = api.get(f"/api/batch-jobs/{job_id}/reconciliation").get_json()
    assert (found["cancelled"]["count"], found["invoiced_elsewhere"]["count"]) == (2, 1)
