"""`billmill invoice` and `billmill jobs`."""

import json
from typing import Any
from uuid import UUID, uuid4

import dramatiq
import pytest
import redis
from sqlalchemy import func, insert, select

from actors.redis_connection import new_client
from models.database import org_transaction, owner_transaction
from models.tables.invoice import Invoice
from models.tables.membership import Membership
from models.tables.user import User
from tests.cli.conftest import Type
from tests.records import Account, new_account, new_orders
from web.embedded.free_port import free_port


def invoices_of(seller: Account) -> int:
    with org_transaction(seller.organization_id) as session:
        return session.scalars(select(func.count()).select_from(Invoice)).one()


def job_of(output: str) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(output)
    return job


def test_all_confirmed_orders_are_invoiced(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 30)
    new_orders(seller, 2, prefix="D", status="draft")
    result = billmill("invoice", "--org", "alpha", "--all", "--watch", "--json")
    job = job_of(result.stdout)
    assert result.exit_code == 0
    assert (job["status"], job["total_items"], job["successful_items"]) == ("completed", 30, 30)
    assert job["created_by"] == seller.email
    assert invoices_of(seller) == 30


def test_a_failed_order_is_exit_code_1_and_its_reason_is_shown(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 3, flawed=[1])
    result = billmill("invoice", "--org", "alpha", "A00000", "A00001", "--watch")
    assert result.exit_code == 1
    assert "quantity_not_positive" in result.output
    assert "INV-" in result.output
    assert invoices_of(seller) == 1


def test_without_watch_the_job_is_only_started(billmill: Type, seller: Account) -> None:
    new_orders(seller, 2)
    result = billmill("invoice", "--org", "alpha", "A00001", "A00000", "--json")
    job = job_of(result.stdout)
    assert result.exit_code == 0
    assert (job["status"], job["total_items"]) == ("pending", 2)


def test_without_watch_the_output_does_not_depend_on_the_workers(
    billmill: Type, seller: Account, worker: dramatiq.Worker
) -> None:
    new_orders(seller, 3, flawed=[0, 1])
    result = billmill("invoice", "--org", "alpha", "--all")
    started, follow = result.stdout.splitlines()
    job_id = follow.split()[-1]
    assert started == f"Job {UUID(job_id)} has started with 3 orders."
    assert follow == f"Follow it with: billmill jobs watch {job_id}"
    assert billmill("jobs", "watch", job_id).exit_code == 1


def test_a_priority_may_be_given(billmill: Type, seller: Account) -> None:
    new_orders(seller, 1)
    result = billmill("invoice", "--org", "alpha", "--all", "--priority", "urgent", "--json")
    assert job_of(result.stdout)["priority"] == "urgent"
    assert billmill("invoice", "--org", "alpha", "--all", "--priority", "soon").exit_code == 2


def test_another_user_may_be_named(billmill: Type, seller: Account) -> None:
    new_orders(seller, 1)
    with owner_transaction() as session:
        clerk = insert(User).values(email="ann@alpha.example", password_hash="-")
        user_id = session.scalars(clerk.returning(User.id)).one()
        session.execute(
            insert(Membership).values(
                organization_id=seller.organization_id, user_id=user_id, role="member"
            )
        )
    result = billmill("invoice", "--org", "alpha", "--all", "--user", "ANN@alpha.example", "--json")
    assert job_of(result.stdout)["created_by"] == "ann@alpha.example"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["A00000", "X-1"], 1, "X-1"),
        (["A00000", "A00000"], 1, "more than once"),
        (["--all", "--user", "nobody@alpha.example"], 1, "nobody@alpha.example"),
        ([], 2, "--all"),
        (["--all", "A00000"], 2, "--all"),
    ],
)
def test_orders_that_cannot_be_invoiced_are_named_and_nothing_is_stored(
    billmill: Type, seller: Account, arguments: list[str], code: int, said: str
) -> None:
    new_orders(seller, 1)
    result = billmill("invoice", "--org", "alpha", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert json.loads(billmill("jobs", "list", "--json").stdout)["items"] == []


def test_without_redis_the_job_is_stored_and_the_command_says_so(
    billmill: Type, seller: Account, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_orders(seller, 1)
    monkeypatch.setattr("actors.dispatch.send", lambda _job_id, _order_ids: False)
    result = billmill("invoice", "--org", "alpha", "--all", "--json")
    assert result.exit_code == 0
    assert "Redis does not answer" in result.stderr
    assert job_of(result.stdout)["status"] == "pending"


def test_watching_goes_on_while_redis_is_away(
    billmill: Type, seller: Account, worker: dramatiq.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_orders(seller, 3)
    job_id = job_of(billmill("invoice", "--org", "alpha", "--all", "--json").stdout)["id"]
    nobody_there = new_client(f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr("actors.redis_connection.shared_client", lambda: nobody_there)
    monkeypatch.setattr("web.cli.jobs.watch.REREAD_SECONDS", 0.05)
    result = billmill("jobs", "watch", job_id, "--json")
    assert result.exit_code == 0
    assert job_of(result.stdout)["successful_items"] == 3


def test_jobs_are_listed_newest_first_of_all_organizations_or_one(
    billmill: Type, seller: Account
) -> None:
    other = new_account("beta")
    ids = []
    for account in (seller, other, seller):
        new_orders(account, 1, prefix=f"P{len(ids)}-")
        started = billmill("invoice", "--org", account.slug, f"P{len(ids)}-00000", "--json")
        ids.append(job_of(started.stdout)["id"])

    def listed(*options: str) -> list[str]:
        output = billmill("jobs", "list", "--json", *options).stdout
        return [job["id"] for job in json.loads(output)["items"]]

    assert listed() == ids[::-1]
    assert listed("--org", "alpha") == [ids[2], ids[0]]
    assert listed("--limit", "1") == [ids[2]]
    assert listed("--status", "completed") == []
    table = billmill("jobs", "list").output.splitlines()
    assert [line.split()[0] for line in table[1:]] == ids[::-1]


def test_a_job_is_shown_and_cancelled(billmill: Type, seller: Account) -> None:
    new_orders(seller, 2)
    job_id = job_of(billmill("invoice", "--org", "alpha", "--all", "--json").stdout)["id"]
    assert job_id in billmill("jobs", "show", job_id).output

    cancelled = billmill("jobs", "cancel", job_id, "--json")
    assert cancelled.exit_code == 0
    assert job_of(cancelled.stdout)["status"] == "cancelled"
    assert job_of(cancelled.stdout)["cancelled_items"] == 2

    again = billmill("jobs", "cancel", job_id)
    assert again.exit_code == 1
    assert "cancelled" in again.stderr
    assert billmill("jobs", "watch", job_id).exit_code == 1


@pytest.mark.parametrize("command", ["show", "watch", "cancel"])
def test_a_missing_job_is_exit_code_1(billmill: Type, seller: Account, command: str) -> None:
    missing: UUID = uuid4()
    result = billmill("jobs", command, missing)
    assert result.exit_code == 1
    assert str(missing) in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["import"],
        ["demo"],
        ["invoice"],
        ["jobs"],
        *(["jobs", name] for name in ("list", "show", "watch", "cancel")),
    ],
    ids=" ".join,
)
def test_every_command_has_help_with_an_example(billmill: Type, command: list[str]) -> None:
    result = billmill(*command, "--help")
    assert result.exit_code == 0
    assert f"billmill {' '.join(command)}" in result.output.partition("Options:")[2] or (
        command == ["jobs"]
    )
