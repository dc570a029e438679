"""The sweeper has one thread: no task occupies it for long, and no task is forgotten."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
import redis
from sqlalchemy import text

from actors import dispatch, job_control, sweep
from actors.in_flight import messages_in_flight
from actors.job_control import finish_cancelling_job
from actors.sweep import sweep_jobs
from models.accounts.audit import Author
from models.database import org_transaction
from models.jobs import status_updates
from models.jobs.published_state import JobState
from models.jobs.submission import Submission, submit_orders
from tests.jobs.books import wrong_in_books
from tests.jobs.statements import statements
from tests.records import Account, new_account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE, SWEEP = "dramatiq:invoices", "dramatiq:sweep"


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice of a sweep is one job; a slice of a cancel is ten orders."""
    monkeypatch.setattr(sweep, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(job_control, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(job_control, "_ITEMS_PER_TRANSACTION", 10)
    monkeypatch.setattr(sweep, "_FEW_ITEMS", 10)


def told(client: redis.Redis) -> list[dict[str, Any]]:
    """Takes the messages that wait for the sweeper, in order."""
    ids = client.lpop(SWEEP, 100) or []
    messages = [json.loads(client.hget(f"{SWEEP}.msgs", id_)) for id_ in ids]
    for id_ in ids:
        client.hdel(f"{SWEEP}.msgs", id_)
    return messages


def cancel_cut_short(account: Account, job_id: UUID) -> None:
    with org_transaction(account.organization_id) as session:
        status_updates.cancel(session, job_id)


@pytest.mark.usefixtures("small_slices")
def test_a_large_cancel_gets_one_message_at_a_time_and_is_finished_in_slices(
    seller: Account, submit: Submit, state_of: StateOf, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 35))
    cancel_cut_short(seller, job_id)

    sweep.sweep()
    sweep.sweep()

    slices = 0
    while messages := told(redis_client):
        (message,) = messages
        assert message["actor_name"] == "finish_cancelling_job"
        finish_cancelling_job(*message["args"])
        slices += 1
    assert slices == 4
    assert (state_of(job_id).cancelled_items, state_of(job_id).ended) == (35, True)
    assert wrong_in_books(seller.organization_id) == {}


@pytest.mark.usefixtures("small_slices")
def test_a_large_cancel_and_many_jobs_do_not_delay_the_sweep_of_another_organisation(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    order_ids = new_orders(seller, 60)
    cancel_cut_short(seller, submit(order_ids[:30]))
    for order_id in order_ids[30:]:
        submit([order_id])
    other = new_account("beta")
    (waiting,) = new_orders(other, 1)
    job_id = submit_orders(other.organization_id, [waiting], Submission(other.user_id)).job_id

    slices = 0
    sweep_jobs()
    while not messages_in_flight().get(job_id):
        slices += 1
        for message in told(redis_client):
            if message["actor_name"] == "sweep_jobs":
                sweep_jobs(*message["args"])
    assert slices <= 2


@pytest.mark.usefixtures("small_slices")
def test_a_sweep_in_slices_visits_every_job_once_and_ends(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    order_ids = new_orders(seller, 12)
    jobs = [submit([order_id]) for order_id in order_ids]

    sweep_jobs()
    slices = 1
    while messages := told(redis_client):
        (message,) = messages
        sweep_jobs(*message["args"])
        slices += 1

    assert slices == len(jobs)
    assert messages_in_flight().keys() == set(jobs)


def test_paused_jobs_cost_the_sweep_nothing(
    seller: Account, submit: Submit, clerk: Author, redis_client: redis.Redis
) -> None:
    def cost() -> int:
        with statements() as sent:
            assert sweep.sweep().jobs == 1
        return len(sent)

    first, *others = new_orders(seller, 12)
    dispatch.start(seller.organization_id, submit([first]))
    without = cost()
    for order_id in others:
        job_control.pause(seller.organization_id, submit([order_id]), clerk)

    assert cost() == without


def test_a_job_whose_row_is_locked_delays_the_sweep_by_only_a_second(
    seller: Account, submit: Submit, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sweep._TIMEOUTS, "lock_timeout", "100ms")
    held, other = (submit([order_id]) for order_id in new_orders(seller, 2))
    with org_transaction(seller.organization_id) as session:
        session.execute(text("SELECT FROM batch_job_queue WHERE id = :id FOR UPDATE"), {"id": held})

        report = sweep.sweep()

    assert report.jobs == 2
    assert messages_in_flight().keys() == {other}


def test_a_sweep_by_an_organisation_sees_and_resumes_only_its_own_jobs(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    mine = submit(new_orders(seller, 2))
    other = new_account("beta")
    submit_orders(other.organization_id, new_orders(other, 3), Submission(other.user_id))

    report = sweep.sweep_organization(seller.organization_id)

    assert (report.ran, report.jobs) == (True, 1)
    assert messages_in_flight().keys() == {mine}
