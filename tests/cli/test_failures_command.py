"""`billmill jobs failures`, and the failed orders that `jobs show` names."""

import json
from uuid import uuid4

import dramatiq
import pytest

from tests.cli.conftest import Type
from tests.records import Account, new_orders


@pytest.fixture
def job_id(billmill: Type, seller: Account, worker: dramatiq.Worker) -> str:
    """A job of nine orders; seven failed for the same reason."""
    new_orders(seller, 9, flawed=range(1, 8))
    started = billmill("invoice", "--org", "alpha", "--all", "--watch", "--json")
    found: str = json.loads(started.stdout)["id"]
    return found


def test_all_orders_that_failed_are_listed_with_reason_and_customer(
    billmill: Type, job_id: str
) -> None:
    listed = billmill("jobs", "failures", job_id)
    heading, *lines = listed.stdout.splitlines()
    assert (listed.exit_code, len(lines)) == (0, 7)
    assert heading.split()[:3] == ["order", "customer", "reason"]
    assert lines[0].split()[:3] == ["A00001", "C1", "quantity_not_positive"]


def test_failed_orders_are_filtered_by_code(billmill: Type, job_id: str) -> None:
    found = {
        code: json.loads(billmill("jobs", "failures", job_id, "--code", code, "--json").stdout)
        for code in ("quantity_not_positive", "currency_unknown")
    }
    numbers = [failed["order_number"] for failed in found["quantity_not_positive"]["items"]]
    assert numbers == [f"A{n:05}" for n in range(1, 8)]
    assert found["quantity_not_positive"]["items"][0]["remedy"]
    assert found["currency_unknown"] == {"items": [], "next": None}


def test_a_job_shows_some_orders_of_each_reason(billmill: Type, job_id: str) -> None:
    shown = billmill("jobs", "show", job_id).stdout
    named = "A00001, A00002, A00003, A00004, A00005 and 2 more"
    assert f"7 failed: quantity_not_positive: {named}\n" in shown
    assert "         A00001: " in shown
    assert f"billmill jobs failures {job_id}" in shown


def test_the_failures_of_a_missing_job_are_an_error(billmill: Type, seller: Account) -> None:
    assert billmill("jobs", "failures", uuid4()).exit_code == 1


def test_a_list_of_all_organisations_shows_organisation_and_priority_of_each_job(
    billmill: Type, job_id: str
) -> None:
    heading, line = billmill("jobs", "list").stdout.splitlines()
    assert heading.split()[-7:] == [
        "status", "priority", "orders", "invoiced", "failed", "cancelled", "organisation"
    ]  # fmt: skip
    assert line.split()[-7:] == ["completed", "normal", "9", "2", "7", "0", "alpha"]
    (item,) = json.loads(billmill("jobs", "list", "--json").stdout)["items"]
    assert item["organization"] == "alpha"
    assert "alpha" not in billmill("jobs", "list", "--org", "alpha").stdout


def test_times_are_whole_seconds_with_their_zone(billmill: Type, job_id: str) -> None:
    times = [
        line
        for line in billmill("jobs", "show", job_id).stdout.splitlines()
        if line.startswith(("created at:", "started at:", "completed at:"))
    ]
    assert len(times) == 3
    assert all(line.endswith(" UTC") and "." not in line for line in times), times
