"""The page that lists jobs, by status and with their number."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

import web.pages.counting
from models.database import owner_transaction
from tests.http.conftest import Api
from tests.records import Account, new_orders


@pytest.fixture
def jobs(api: Api, clerk: Account) -> dict[str, list[str]]:
    """Two waiting jobs and a paused one, by status."""
    ids = [
        api.post("/api/batch-jobs", json={"order_ids": [order_id]}).get_json()["id"]
        for order_id in new_orders(clerk, 3)
    ]
    api.post(f"/api/batch-jobs/{ids[1]}/pause")
    return {"pending": [ids[2], ids[0]], "paused": [ids[1]], "": ids[::-1]}


def listed(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('<tr data-key="')[1:]]


def test_jobs_are_listed_by_status_and_counted(
    browser: FlaskClient, jobs: dict[str, list[str]]
) -> None:
    for status, words in (
        ("", "3 jobs"),
        ("pending", "2 pending jobs"),
        ("paused", "1 paused job"),
    ):
        page = browser.get(f"/jobs?status={status}").text
        assert listed(page) == jobs[status]
        assert f"<span>{words}</span>" in page
        assert browser.get(f"/jobs/count?status={status}").get_json() == {
            "total": len(jobs[status])
        }


def test_the_page_links_each_status_and_marks_the_chosen_one(
    browser: FlaskClient, jobs: dict[str, list[str]]
) -> None:
    page = browser.get("/jobs?status=failed").text
    assert 'href="/jobs?status=failed" aria-current="page">Failed</a>' in page
    assert 'href="/jobs?status=processing">Processing</a>' in page
    assert "No failed jobs" in page
    assert listed(browser.get("/jobs?status=nonsense").text) == jobs[""]


def test_many_jobs_are_counted_only_on_request(
    browser: FlaskClient, jobs: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with owner_transaction() as session:
        session.execute(
            text(
                "INSERT INTO batch_job_queue (organization_id, total_items, created_by, "
                "status, completed_at, failed_items) SELECT organization_id, 1, created_by, "
                "'failed', now(), 1 FROM batch_job_queue, generate_series(1, 60) LIMIT 60"
            )
        )
    for module in (web.pages.counting, web.pages.jobs):
        monkeypatch.setattr(module, "COUNTED", 55)
    page = browser.get("/jobs").text
    assert 'data-url="/jobs/count" data-noun="job">more than 55 jobs' in page
    assert browser.get("/jobs/count").get_json() == {"total": 63}
