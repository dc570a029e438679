"""A programming error appears in the log and in the metrics, and loses no order."""

import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import dramatiq
import pytest
import redis
from dramatiq import Message, Worker

from actors import create_invoice as actor
from actors import dispatch, sweep, unexpected_errors
from actors.create_invoice import create_invoice
from models.jobs.published_state import JobState
from tests.jobs.items import item_of
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
DEAD_LETTERS = "dramatiq:invoices.XQ"

pytestmark = pytest.mark.usefixtures("short_backoff")


def stumble(*_: Any, **__: Any) -> Any:
    raise TypeError("made for a test")


def traces(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The messages of errors that were logged with a TypeError's trace."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR and record.exc_info and record.exc_info[0] is TypeError
    ]


def test_an_error_outside_the_work_on_orders_is_logged_and_counted_and_the_orders_wait(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    order_ids = new_orders(seller, 4, lines=1)
    job_id = submit(order_ids)

    with monkeypatch.context() as broken:
        broken.setattr(actor.claims, "claim", stumble)
        dispatch.start(seller.organization_id, job_id)
        wait_for(lambda: int(redis_client.hget(unexpected_errors.KEY, "create_invoice") or 0) > 20)

    assert end_of(job_id).successful_items == 4
    worker.join()
    assert traces(caplog)
    assert redis_client.zcard(DEAD_LETTERS) == 0


def test_an_error_in_the_work_on_an_order_fails_the_order_with_a_reference_and_is_counted(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    monkeypatch.setattr("models.jobs.run.draft_orders", stumble)

    create_invoice(str(job_id), order_id)

    assert item_of(seller, job_id, order_id).error_code == "unexpected_error"
    assert len(traces(caplog)) == 1
    assert redis_client.hget(unexpected_errors.KEY, "create_invoice") == "1"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        (("no job", 1), {}),
        (("01a2235f-d2dd-7f0a-b354-9e570d7cb55e",), {}),
        (("01a2235f-d2dd-7f0a-b354-9e570d7cb55e", "one"), {}),
        (("01a2235f-d2dd-7f0a-b354-9e570d7cb55e", 1), {"more": True}),
        (("01a2235f-d2dd-7f0a-b354-9e570d7cb55e", 1, 2), {}),
    ],
)
def test_a_malformed_message_becomes_a_dead_letter_and_counts_as_no_programming_error(
    seller: Account,
    worker: dramatiq.Worker,
    redis_client: redis.Redis,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    assert seller
    message: Message[None] = Message("invoices", "create_invoice", arguments, named, {})

    worker.broker.enqueue(message)

    wait_for(lambda: redis_client.zcard(DEAD_LETTERS) == 1)
    assert not redis_client.exists(unexpected_errors.KEY)


def test_an_error_in_the_sweep_is_logged_and_counted(
    seller: Account,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert seller
    monkeypatch.setattr(sweep, "_unfinished_jobs", stumble)
    sweeper = Worker(sweep.broker.broker, worker_threads=1, queues={"sweep"}, worker_timeout=50)
    sweeper.start()
    try:
        sweep.sweep_jobs.send()
        wait_for(lambda: redis_client.hget(unexpected_errors.KEY, "sweep_jobs") == "1")
    finally:
        sweeper.stop()
    assert traces(caplog)


def test_an_error_over_one_job_does_not_keep_the_sweep_from_the_others(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    submit(new_orders(seller, 1))
    monkeypatch.setattr(sweep, "_look_at", stumble)

    sweep.sweep()

    assert len(traces(caplog)) == 1
    assert redis_client.hget(unexpected_errors.KEY, "sweep_jobs") == "1"
