"""A message is in flight if it will be delivered; other leftovers in Redis do not count."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
import redis

from actors import dispatch, in_flight
from actors.broker import INVOICES, broker
from actors.in_flight import messages_in_flight
from actors.sweep import sweep
from models.jobs.published_state import JobState
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"


def test_a_job_ends_even_if_its_queue_was_lost(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    redis_client: redis.Redis,
    request: pytest.FixtureRequest,
) -> None:
    job_id = submit(new_orders(seller, 20, lines=1))
    dispatch.start(seller.organization_id, job_id)
    redis_client.delete(QUEUE)

    report = sweep()
    request.getfixturevalue("worker")

    assert report.messages_sent == 20
    assert end_of(job_id).successful_items == 20


def test_messages_that_no_worker_can_receive_are_deleted(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 20))
    dispatch.start(seller.organization_id, job_id)
    kept = redis_client.lrange(QUEUE, 0, 4)
    redis_client.ltrim(QUEUE, 0, 4)

    assert len(messages_in_flight()[job_id]) == 5
    assert set(redis_client.hkeys(f"{QUEUE}.msgs")) == set(kept)


def test_the_messages_of_a_living_worker_are_in_flight_and_those_of_a_dead_one_are_not(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 20))
    dispatch.start(seller.organization_id, job_id)
    broker.do_fetch(INVOICES, 12)

    assert len(messages_in_flight()[job_id]) == 20
    redis_client.zincrby("dramatiq:__heartbeats__", -60_000, broker.broker_id)
    assert len(messages_in_flight()[job_id]) == 8


def test_messages_sent_or_fetched_during_a_sweep_are_not_sent_again(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order_ids = new_orders(seller, 60)
    busy, new = submit(order_ids[:20]), submit(order_ids[20:])
    dispatch.start(seller.organization_id, busy)
    listed = in_flight._listed

    def meanwhile(queue: str) -> set[bytes]:
        found = listed(queue)
        if queue == INVOICES and redis_client.llen(QUEUE) == 20:
            dispatch.start(seller.organization_id, new)
            broker.do_fetch(INVOICES, 5)
        return found

    monkeypatch.setattr(in_flight, "_listed", meanwhile)
    report = sweep()

    assert report.messages_sent == 0
    assert redis_client.hlen(f"{QUEUE}.msgs") == 60


def test_all_messages_are_found_over_many_pages(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "_PAGE", 7)
    job_id = UUID(int=1)
    broker.enqueue_all([dispatch._message(job_id, n) for n in range(100)])

    assert messages_in_flight() == {job_id: set(range(100))}
