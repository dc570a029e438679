"""The reconciliation of a job over the API: as JSON, and as a file for a spreadsheet."""

import csv
import io
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import dramatiq
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text

from models.database import owner_transaction
from models.jobs.money_totals import CurrencyTotal
from models.jobs.reconciliation import Outcome, Reconciliation
from tests.http.conftest import Api, job_at_its_end
from tests.records import Account, new_orders
from web.api.exports.reconciliation_csv import COLUMNS, reconciliation_csv

NOTHING = {"count": 0, "unknown": 0, "money": []}


@pytest.fixture
def job_id(api: Api, clerk: Account, worker: dramatiq.Worker) -> str:
    """A job that ended with three invoices and one failure."""
    answer = api.post("/api/batch-jobs", json={"order_ids": new_orders(clerk, 4, flawed=[1])})
    found: str = job_at_its_end(api, answer.get_json()["id"])["id"]
    return found


def test_the_reconciliation_of_a_consistent_job_agrees(
    api: Api, clerk: Account, job_id: str
) -> None:
    answer = api.get(f"/api/batch-jobs/{job_id}/reconciliation")
    found = answer.get_json()
    assert (answer.status_code, found["job_id"], found["status"]) == (200, job_id, "completed")
    assert (found["agrees"], found["differences"]) == (True, [])
    money = {"currency": "EUR", "count": 3, "net": "90.00", "tax": "17.10", "gross": "107.10"}
    assert found["invoiced"] == {"count": 3, "unknown": 0, "money": [money]}
    assert found["failed"]["money"][0]["gross"] == "23.80"
    assert found["cancelled"] == found["pending"] == NOTHING
    asked = {"currency": "EUR", "count": 4, "net": "110.00", "tax": "20.90", "gross": "130.90"}
    assert found["asked_for"] == {"count": 4, "unknown": 0, "money": [asked]}
    (numbers,) = found["numbers"]
    assert numbers["first"].endswith("-000001")
    assert (numbers["count"], numbers["series_without_holes"]) == (3, True)
    assert (found["created_by"], found["seconds"] >= 0) == (clerk.email, True)
    document = api.get("/api/openapi.json").get_json()
    place = document["paths"]["/api/batch-jobs/{job_id}/reconciliation"]["get"]
    schema = place["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(found)


def test_the_reconciliation_reports_a_wrong_counter(api: Api, job_id: str) -> None:
    with owner_transaction() as session:
        session.execute(text("UPDATE batch_job_queue SET successful_items = 2"))
    found = api.get(f"/api/batch-jobs/{job_id}/reconciliation").get_json()
    assert found["agrees"] is False
    assert "2 invoiced, its items say 3" in found["differences"][0]
    assert found["invoiced"]["count"] == 3
    lines = api.get(f"/api/batch-jobs/{job_id}/reconciliation?format=csv").text.splitlines()
    assert "check,agrees,,,,,,,,NO" in lines


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", None, "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/csv", "text/csv"),
        ("?format=csv", "application/json", "text/csv"),
        ("?format=json", "text/csv", "application/json"),
    ],
)
def test_the_query_or_the_accept_header_chooses_the_format(
    api: Api, job_id: str, query: str, accept: str | None, kind: str
) -> None:
    headers = api.headers | ({"Accept": accept} if accept else {})
    answer = api._client.get(f"/api/batch-jobs/{job_id}/reconciliation{query}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert "Accept" in answer.headers["Vary"]
    disposition = answer.headers.get("Content-Disposition", "")
    assert (f'filename="reconciliation-{job_id}.csv"' in disposition) == (kind == "text/csv")


def test_the_file_holds_the_same_figures(api: Api, job_id: str) -> None:
    file = api.get(f"/api/batch-jobs/{job_id}/reconciliation?format=csv").text
    rows = list(csv.DictReader(io.StringIO(file)))
    assert tuple(rows[0]) == COLUMNS
    euros = {
        row["fact"]: row for row in rows if row["section"] == "orders" and row["currency"] == "EUR"
    }
    assert [(name, row["count"], row["gross"]) for name, row in euros.items()] == [
        ("asked_for", "4", "130.90"), ("invoiced", "3", "107.10"), ("failed", "1", "23.80")
    ]  # fmt: skip
    assert {"check", "numbers", "messages", "job", "uninvoiced"} <= {row["section"] for row in rows}


def test_an_unknown_format_and_another_organisations_job_are_refused(
    api: Api, strangers_api: Api, job_id: str
) -> None:
    path = f"/api/batch-jobs/{job_id}/reconciliation"
    assert api.get(f"{path}?format=xlsx").status_code == 422
    assert strangers_api.get(path).status_code == 404
    assert api.get(f"/api/batch-jobs/{uuid.uuid4()}/reconciliation").status_code == 404


@pytest.mark.parametrize("start", list("=+-@\t\r\n"), ids=repr)
def test_no_text_in_the_file_is_a_formula(start: str) -> None:
    nothing = Outcome(0, 0, ())
    negative = Outcome(1, 0, (CurrencyTotal("EUR", 1, *[Decimal("-1.00")] * 3),))
    found = Reconciliation(
        uuid.uuid4(), "failed", f"{start}1+1@example.com", datetime.now(UTC), None, None, None,
        negative, nothing, negative, nothing, nothing, nothing, nothing, (), 0, 0, 0, (),
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(reconciliation_csv(found), newline="")))
    author = next(row["value"] for row in rows if row["fact"] == "created_by")
    assert author == f"'{start}1+1@example.com"
    assert "-1.00" in {row["net"] for row in rows}, "an amount is a number, not a formula"
