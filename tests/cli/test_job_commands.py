"""`billmill jobs`: pause, resume, retry, reset, and the reconciliation of a job."""

import json
from typing import Any
from uuid import UUID, uuid4

import dramatiq
import pytest
from sqlalchemy import text

from actors import job_control, waiting_reasons
from models.database import org_transaction, owner_transaction
from models.jobs import status_updates
from tests.cli.conftest import Type
from tests.records import Account, new_orders


def started(billmill: Type, *options: str) -> str:
    document = billmill("invoice", "--org", "alpha", "--all", "--json", *options).stdout
    job_id: str = json.loads(document)["id"]
    return job_id


def shown(billmill: Type, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(billmill("jobs", "show", job_id, "--json").stdout)
    return found


def correct_order(*order_ids: int) -> None:
    with owner_transaction() as session:
        session.execute(
            text("UPDATE order_lines SET quantity = 1 WHERE order_id = ANY(:ids)"),
            {"ids": list(order_ids)},
        )


def test_a_job_is_paused_and_resumed(
    billmill: Type, seller: Account, request: pytest.FixtureRequest
) -> None:
    new_orders(seller, 3)
    job_id = started(billmill)
    paused = billmill("jobs", "pause", job_id, "--json")
    assert (paused.exit_code, json.loads(paused.stdout)["status"]) == (0, "paused")
    again = billmill("jobs", "pause", job_id)
    assert (again.exit_code, "paused" in again.stderr) == (1, True)
    request.getfixturevalue("worker")
    assert billmill("jobs", "resume", job_id).exit_code == 0
    assert billmill("jobs", "watch", job_id).exit_code == 0


def test_a_cancelled_job_is_shown_as_cancelling_until_its_orders_are_released(
    billmill: Type, seller: Account
) -> None:
    new_orders(seller, 3)
    job_id = started(billmill)
    with org_transaction(seller.organization_id) as session:
        status_updates.cancel(session, UUID(job_id))

    words = "Cancelling: 3 of 3 orders still to be released"
    assert words in billmill("jobs", "show", job_id).stdout.splitlines()
    assert shown(billmill, job_id)["status"] == "cancelled"

    job_control.finish_cancelling(seller.organization_id, UUID(job_id), seconds=1)
    assert words.split(":")[0] not in billmill("jobs", "show", job_id).stdout


def test_a_job_that_seems_stuck_is_reset_and_completes(
    billmill: Type, seller: Account, request: pytest.FixtureRequest
) -> None:
    new_orders(seller, 3)
    job_id = started(billmill)
    reset = billmill("jobs", "reset", job_id, "--json")
    assert (reset.exit_code, json.loads(reset.stdout)["status"]) == (0, "pending")
    request.getfixturevalue("worker")
    assert billmill("jobs", "watch", job_id).exit_code == 0
    over = billmill("jobs", "reset", job_id)
    assert (over.exit_code, "completed" in over.stderr) == (1, True)


def test_failed_orders_are_retried_by_number_by_code_and_all(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    order_ids = new_orders(seller, 5, flawed=[0, 1, 2, 3])
    job_id = started(billmill, "--watch")
    correct_order(*order_ids[:3])
    retry = billmill("jobs", "retry", job_id, "--order", "A00000", "--order", "A00004")
    assert (retry.exit_code, "1 order retried" in retry.stdout) == (0, True), retry.output
    billmill("jobs", "watch", job_id)
    assert shown(billmill, job_id)["successful_items"] == 2
    billmill("jobs", "retry", job_id, "--code", "quantity_not_positive", "--limit", "1")
    billmill("jobs", "watch", job_id)
    assert shown(billmill, job_id)["successful_items"] == 3
    assert billmill("jobs", "retry", job_id, "--json").exit_code == 0
    assert billmill("jobs", "watch", job_id).exit_code == 1
    job = shown(billmill, job_id)
    assert (job["successful_items"], job["failed_items"]) == (4, 1)
    assert job["reconciliation"]["retried_orders"] == 4


def test_a_refused_retry_is_exit_code_1(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 1)
    job_id = started(billmill, "--watch")
    for options, said in (
        ([], "nothing to retry"),
        (["--code", "currency_unknown"], "nothing to retry"),
        (["--order", "B1"], "no orders with these numbers: B1"),
    ):
        refused = billmill("jobs", "retry", job_id, *options)
        assert (refused.exit_code, said in refused.stderr) == (1, True), refused.output


@pytest.mark.parametrize("command", ["pause", "resume", "reset", "retry"])
def test_a_missing_job_is_an_error(billmill: Type, seller: Account, command: str) -> None:
    assert billmill("jobs", command, uuid4()).exit_code == 1


def test_the_reconciliation_of_a_job_agrees(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 4, flawed=[1])
    job_id = started(billmill, "--watch")
    result = billmill("jobs", "show", job_id)
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "invoiced 3 3 EUR 90.00 17.10 107.10" in words
    assert "failed 1 1 EUR 20.00 3.80 23.80" in words
    assert "asked for 4 4 EUR 110.00 20.90 130.90" in words
    assert "no hole" in words
    assert "Counters, items and invoices agree." in words
    assert "1 failed: quantity_not_positive: A00001" in words


def test_a_job_that_does_not_add_up_is_an_error(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 2, flawed=[0])
    job_id = started(billmill, "--watch")
    with owner_transaction() as session:
        session.execute(text("UPDATE batch_job_queue SET failed_items = 0"))
    for options in ([], ["--json"]):
        result = billmill("jobs", "show", job_id, *options)
        assert result.exit_code == 1
        assert "0 failed, its items say 1" in result.stdout


def test_the_operator_is_in_the_audit_log(billmill: Type, seller: Account) -> None:
    new_orders(seller, 1)
    job_id = started(billmill)
    for command in ("pause", "resume", "reset", "cancel"):
        billmill("jobs", command, job_id)
    with org_transaction(seller.organization_id) as session:
        log = session.execute(
            text("SELECT action, user_id, details ->> 'by' AS by FROM audit_log ORDER BY id")
        ).all()
    assert [row.by for row in log] == ["operator", None, None, None, None]
    assert [(row.action, row.user_id) for row in log] == [
        ("job.submitted", seller.user_id), ("job.paused", None), ("job.resumed", None),
        ("job.reset", None), ("job.cancelled", None),
    ]  # fmt: skip


def test_a_waiting_job_shows_the_reason(billmill: Type, seller: Account) -> None:
    new_orders(seller, 1)
    job_id = started(billmill)
    assert shown(billmill, job_id)["waiting_for"] is None

    waiting_reasons.note(UUID(job_id), "the database's disk is full")

    document = shown(billmill, job_id)
    assert document["waiting_for"] == "the database's disk is full"
    assert document["waiting_since"]
    sentence = "Waiting: the database's disk is full. The job continues automatically."
    assert sentence in billmill("jobs", "show", job_id).stdout
