"""A cancelled job with orders still to be released is shown as cancelling."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from actors import job_control
from models.database import org_transaction
from models.jobs import status_updates
from tests.http.conftest import Api
from tests.records import Account, new_orders

WORDS = 'Cancelling: <span data-count="pending_items">3</span> of 3 orders still to be released'


@pytest.fixture
def job_id(api: Api, clerk: Account) -> str:
    """A job whose request was cut off between the cancel and the release of its orders."""
    job: str = api.post("/api/batch-jobs", json={"order_ids": new_orders(clerk, 3)}).get_json()[
        "id"
    ]
    with org_transaction(clerk.organization_id) as session:
        status_updates.cancel(session, UUID(job))
    return job


def test_every_page_shows_the_job_as_cancelling(browser: FlaskClient, job_id: str) -> None:
    for address in ("/orders", "/invoices", f"/jobs/{job_id}", f"/jobs/{job_id}/card"):
        page = browser.get(address).text
        assert WORDS in page, address
        assert 'data-status="cancelling"' in page
        assert "</svg>Cancelling</span>" in page
        assert 'data-action="cancel"' not in page
        assert 'data-action="pause"' not in page
    assert "To be released" in browser.get(f"/jobs/{job_id}").text
    assert "</svg>Cancelling</span>" in browser.get("/jobs?status=cancelled").text


def test_the_api_shows_the_job_as_cancelled_and_pages_once_its_orders_are_released(
    browser: FlaskClient, api: Api, clerk: Account, job_id: str
) -> None:
    before = api.get(f"/api/batch-jobs/{job_id}").get_json()
    assert (before["status"], before["cancelled_items"]) == ("cancelled", 0)
    assert api.get(f"/api/batch-jobs/{job_id}/reconciliation").get_json()["differences"] == []

    job_control.finish_cancelling(clerk.organization_id, UUID(job_id), seconds=1)

    after = api.get(f"/api/batch-jobs/{job_id}").get_json()
    assert after == before | {"cancelled_items": 3}
    for address in ("/jobs", f"/jobs/{job_id}", f"/jobs/{job_id}/card"):
        page = browser.get(address).text
        assert "</svg>Cancelled</span>" in page, address
        assert "Cancelling" not in page
    assert "Cancelled before the first invoice" in page
