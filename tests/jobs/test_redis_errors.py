"""No error reply from Redis ends a thread, and a process ends when one of its threads dies."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import dramatiq
import pytest
import redis
from dramatiq import Message

from actors import consumers, dispatch, sweep
from actors.broker import SWEEP, broker
from models.jobs.published_state import JobState
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"
CONNECTION_ERROR = "Consumer encountered a connection error"
TIMES = 6


@pytest.fixture
def sweeper(seller: Account) -> Iterator[dramatiq.Worker]:
    """The sweeper, with its thread in this process."""
    started = dramatiq.Worker(broker, worker_threads=1, queues={SWEEP}, worker_timeout=50)
    started.start()
    yield started
    started.stop()


def refuse_writes(client: redis.Redis, refused: bool) -> None:
    client.execute_command("REPLICAOF", *(("127.0.0.1", "1") if refused else ("NO", "ONE")))


def have_no_memory(client: redis.Redis, none: bool) -> None:
    client.config_set("maxmemory", 1 if none else 0)


def alive(worker: dramatiq.Worker) -> list[bool]:
    return [one.is_alive() for one in (*worker.consumers.values(), *worker.workers)]


@pytest.mark.usefixtures("quick_restart")
@pytest.mark.parametrize("strike", [refuse_writes, have_no_memory])
def test_consumers_survive_every_error_reply_from_redis(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    redis_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
    strike: Callable[[redis.Redis, bool], None],
) -> None:
    def errors() -> int:
        return sum(CONNECTION_ERROR in record.msg for record in caplog.records)

    order_ids = new_orders(seller, 12, lines=1)
    job_id = submit(order_ids)
    try:
        for _ in range(TIMES):
            before = errors()
            strike(redis_client, True)
            wait_for(lambda before=before: errors() > before)
            strike(redis_client, False)
    finally:
        strike(redis_client, False)
    dispatch.start(seller.organization_id, job_id)

    assert end_of(job_id).successful_items == len(order_ids)
    assert all(alive(worker))


@pytest.mark.usefixtures("quick_restart")
def test_a_queue_of_the_wrong_type_is_replaced_by_its_consumer(
    worker: dramatiq.Worker, redis_client: redis.Redis
) -> None:
    redis_client.delete(QUEUE)
    redis_client.set(QUEUE, "no list")

    wait_for(lambda: redis_client.type(QUEUE) != "string")
    assert all(alive(worker))


def test_a_message_in_the_wrong_queue_becomes_a_dead_letter_and_the_sweep_goes_on(
    seller: Account,
    submit: Submit,
    sweeper: dramatiq.Worker,
    redis_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    submit(new_orders(seller, 3))
    misplaced: Message[Any] = Message("invoices", "create_invoice", (str(uuid4()), 1), {}, {})
    unnamed: Message[Any] = Message(SWEEP, "sweep_jobs", (), {}, {})
    for message in (misplaced, unnamed):
        id_ = str(uuid4())
        data = message.asdict() | {"options": {"redis_message_id": id_}}
        if message is unnamed:
            data["message_id"] = {}
        redis_client.hset("dramatiq:sweep.msgs", id_, json.dumps(data))
        redis_client.rpush("dramatiq:sweep", id_)

    wait_for(lambda: redis_client.zcard("dramatiq:sweep.XQ") == 2)
    sweep.sweep_jobs.send()

    wait_for(lambda: redis_client.llen(QUEUE) == 3)
    assert all(alive(sweeper))
    assert "A message of another queue goes to the dead letters" in caplog.text


def test_a_process_ends_when_one_of_its_threads_dies_and_logs_which_one(
    worker: dramatiq.Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[int] = []
    ended: list[int] = []
    monkeypatch.setattr(consumers.os, "kill", lambda _pid, number: told.append(number))
    monkeypatch.setattr(consumers.os, "_exit", ended.append)
    dead = threading.Thread()
    monkeypatch.setitem(worker.consumers, "lost", dead)

    wait_for(lambda: told == [signal.SIGTERM])
    del worker.consumers["lost"]
    worker.stop()

    assert ended == [consumers.EXIT_CODE]
    assert "consumer of lost" in caplog.text
    for one in broker.middleware:
        if isinstance(one, consumers.Consumers):
            one._failed = False
