"""What redis-cli and subscribers see of a job."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import dramatiq
import pytest
import redis

from actors import dispatch, progress, waiting_reasons
from actors.create_invoice import create_invoice
from actors.postponing import Postponed
from models.database import org_transaction
from models.jobs.published_state import JobState, job_snapshot
from tests.jobs.fault_kinds import Faulty, raised_as
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]


def received(subscription: Any, last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The events published up to the first for which `last` is true."""
    events: list[dict[str, Any]] = []

    def got_last() -> bool:
        message = subscription.get_message(ignore_subscribe_messages=True, timeout=0.2)
        if message:
            events.append(json.loads(message["data"]))
        return bool(events) and last(events[-1])

    wait_for(got_last, 30)
    return events


def test_events_carry_every_error_and_the_last_one_is_done(
    seller: Account, submit: Submit, redis_client: redis.Redis, worker: dramatiq.Worker
) -> None:
    job_id = submit(new_orders(seller, 60, flawed=[3, 30]))
    with redis_client.pubsub() as subscription:
        subscription.subscribe(f"job:{job_id}:progress")
        dispatch.start(seller.organization_id, job_id)
        events = received(subscription, lambda event: event["type"] == "done")

    done = events[-1]
    assert {event["type"] for event in events[:-1]} == {"progress"}
    assert [event["revision"] for event in events] == sorted({e["revision"] for e in events})
    assert (done["status"], done["successful_items"], done["failed_items"]) == ("completed", 58, 2)
    assert done["totals"] == [
        {"currency": "EUR", "count": 58, "net": "1740.00", "tax": "330.60", "gross": "2070.60"}
    ]
    told = {error["order_number"]: error["code"] for event in events for error in event["errors"]}
    assert told == {"A00003": "quantity_not_positive", "A00030": "quantity_not_positive"}


def test_the_hash_shows_the_last_state(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    worker: dramatiq.Worker,
    end_of: StateOf,
) -> None:
    job_id = submit(new_orders(seller, 5))
    dispatch.start(seller.organization_id, job_id)
    state = end_of(job_id)

    wait_for(lambda: redis_client.hget(f"job:{job_id}", "status") == "completed")
    shown = redis_client.hgetall(f"job:{job_id}")

    assert shown == {k: "" if v is None else str(v) for k, v in state.as_dict().items()}


def test_an_older_state_does_not_overwrite_a_newer_one(
    seller: Account, submit: Submit, redis_client: redis.Redis, state_of: StateOf
) -> None:
    from dataclasses import replace

    from actors.progress import publish

    newer = replace(state_of(submit(new_orders(seller, 2))), revision=9, successful_items=1)
    publish(newer)
    publish(replace(newer, revision=8, successful_items=0))

    assert redis_client.hget(f"job:{newer.job_id}", "successful_items") == "1"


def test_events_name_what_a_job_waits_for_until_its_next_commit(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    meet: Callable[..., Faulty],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_reasons, "_INTERVAL_SECONDS", 0)
    first, second, third = new_orders(seller, 3)
    job_id = submit([first, second, third])
    create_invoice(str(job_id), first)
    wait_for(lambda: redis_client.hget(f"job:{job_id}", "successful_items") == "1")
    meet(raised_as("53100"), times=2)
    with redis_client.pubsub() as subscription:
        subscription.subscribe(f"job:{job_id}:progress")
        for _ in range(2):
            with pytest.raises(Postponed, match="the database's disk is full"):
                create_invoice(str(job_id), second)
        found = waiting_reasons.waiting_job(job_id, "processing")
        assert found is not None
        assert redis_client.ttl(f"job:{job_id}:waiting") > 0
        create_invoice(str(job_id), second)
        *told, progressed = received(subscription, lambda event: event["successful_items"] == 2)

    assert [event["waiting_for"] for event in told] == ["the database's disk is full"] * 2
    assert {event["waiting_since"] for event in told} == {found.since}
    assert told[0]["successful_items"] == 1
    assert (told[0]["type"], told[0]["errors"], told[0]["status"]) == ("progress", [], "processing")
    assert told[0].keys() == progressed.keys()
    assert progressed["waiting_for"] is None
    assert waiting_reasons.waiting_job(job_id, "processing") is None


def test_the_organisations_channel_announces_that_a_job_starts_and_ends(
    seller: Account, submit: Submit, redis_client: redis.Redis, worker: dramatiq.Worker
) -> None:
    job_id = submit(new_orders(seller, 3))
    with redis_client.pubsub() as subscription:
        subscription.subscribe(f"org:{seller.organization_id}:jobs")
        dispatch.start(seller.organization_id, job_id)
        events = received(subscription, lambda event: event["status"] == "completed")

    assert events[0]["status"] in ("processing", "completed")
    assert {event["job_id"] for event in events} == {str(job_id)}


def test_a_snapshot_holds_the_errors_and_the_money_of_a_finished_job(
    seller: Account, submit: Submit, worker: dramatiq.Worker, end_of: StateOf
) -> None:
    job_id = submit(new_orders(seller, 3, flawed=[2]))
    dispatch.start(seller.organization_id, job_id)
    end_of(job_id)

    with org_transaction(seller.organization_id) as session:
        snapshot = job_snapshot(session, job_id)

    assert [error["order_number"] for error in snapshot["errors"]] == ["A00002"]
    assert [total["gross"] for total in snapshot["totals"]] == ["71.40"]


def test_a_flush_waits_for_the_event_that_is_being_published(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    told: list[UUID] = []

    def publish(state: JobState, _errors: object) -> None:
        begun.set()
        assert go_on.wait(30)
        told.append(state.job_id)

    bus, state = progress.ProgressBus(publish), state_of(submit(new_orders(seller, 1)))
    bus.offer(state)
    assert begun.wait(30)
    bus.flush(0.01)
    assert told == []
    go_on.set()
    bus.flush(30)
    assert told == [state.job_id]
