"""Clocks that are wrong or set back: nothing stored depends on a process's own clock."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import dramatiq
import periodiq
import pytest
import redis
from dramatiq import Message
from dramatiq.common import current_millis
from sqlalchemy import func, select

from actors import redis_broker
from actors.broker import INVOICES, broker
from actors.create_invoice import create_invoice
from actors.redis_broker import Broker
from models.database import org_transaction
from models.invoices.single_invoice import invoice_order
from models.jobs.published_state import JobState
from models.tables.invoice import Invoice, NumberSeries
from tests.jobs.items import sequences
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
AHEAD_MS = 240_000


@pytest.fixture
def other_process(redis_client: redis.Redis, redis_url: str) -> Iterator[Callable[[], Broker]]:
    """Makes brokers of other processes, with a short heartbeat timeout."""
    made: list[Broker] = []

    def make() -> Broker:
        one = Broker(redis_url, middleware=[], heartbeat_timeout=300, maintenance_chance=1_000_000)
        one.declare_queue(INVOICES)
        made.append(one)
        return one

    yield make
    for one in made:
        one.client.close()


def new_message() -> Message[Any]:
    return Message(INVOICES, "create_invoice", ("no-job", 1), {}, {})


def test_the_messages_of_a_killed_worker_return_even_if_its_clock_was_fast(
    other_process: Callable[[], Broker], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, other = other_process(), other_process()
    other.enqueue(new_message())
    with monkeypatch.context() as ahead:
        for module in ("dramatiq.brokers.redis", "actors.redis_broker"):
            ahead.setattr(f"{module}.current_millis", lambda: current_millis() + AHEAD_MS)
        assert len(killed.do_fetch(INVOICES, 1)) == 1

    wait_for(lambda: other.do_fetch(INVOICES, 1), 10)


def test_the_messages_of_a_killed_worker_return_even_if_the_clock_of_redis_was_set_back(
    other_process: Callable[[], Broker], redis_client: redis.Redis
) -> None:
    killed, other = other_process(), other_process()
    other.enqueue(new_message())
    assert len(killed.do_fetch(INVOICES, 1)) == 1
    redis_client.zincrby("dramatiq:__heartbeats__", AHEAD_MS, killed.broker_id)

    wait_for(lambda: other.do_fetch(INVOICES, 1), 10)


def test_a_retry_waits_for_its_delay_whatever_the_clock_of_its_sender(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    with monkeypatch.context() as ahead:
        for module in ("dramatiq.brokers.redis", "actors.redis_broker"):
            ahead.setattr(f"{module}.current_millis", lambda: current_millis() + AHEAD_MS)
        create_invoice.send_with_options(args=(str(job_id), order_id), delay=50)

    assert end_of(job_id).successful_items == 1


def test_a_delayed_message_arrives_on_time_even_if_the_clock_is_set_back(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker, "heartbeat_timeout", 500)
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.05)
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    create_invoice.send_with_options(args=(str(job_id), order_id), delay=1_000)
    wait_for(lambda: worker.consumers[f"{INVOICES}.DQ"].delay_queue.qsize() == 1)
    was = redis_broker._clock_offset
    for module in ("dramatiq.worker", "actors.redis_broker"):
        monkeypatch.setattr(f"{module}.current_millis", lambda: current_millis() - AHEAD_MS)
    monkeypatch.setattr(redis_broker, "_clock_offset", lambda: was() - AHEAD_MS / 1_000)

    assert end_of(job_id).successful_items == 1


def test_no_sweep_is_skipped_however_far_apart_the_clocks_of_scheduler_and_sweeper_are() -> None:
    (middleware,) = (
        one for one in broker.middleware if isinstance(one, periodiq.PeriodiqMiddleware)
    )
    from actors.sweep import sweep_jobs

    long_ago = str(datetime.now(UTC) - timedelta(days=40))
    message = sweep_jobs.message_with_options(scheduled_at=long_ago)

    middleware.before_process_message(broker, message)


class Ahead(datetime):
    """A clock that is 400 days ahead, so it shows another year too."""

    @classmethod
    def now(cls, tz: Any = None) -> Self:
        return super().now(tz) + timedelta(days=400)


def test_invoices_are_dated_by_the_clock_of_postgresql(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_orders(seller, 2)
    job_id = submit([first])
    for module in (
        "invoices.numbers_and_dates",
        "invoices.writer",
        "invoices.single_invoice",
        "jobs.run",
    ):
        monkeypatch.setattr(f"models.{module}.datetime", Ahead, raising=False)

    create_invoice(str(job_id), first)
    invoice_order(seller.organization_id, seller.user_id, second)

    with org_transaction(seller.organization_id) as session:
        today = session.scalars(select(func.current_date())).one()
        dates = session.scalars(select(Invoice.issue_date)).all()
        series = session.scalars(select(NumberSeries)).one()
    assert dates == [today, today]
    assert (series.year, series.last_issue_date) == (today.year, today)
    assert sequences(seller) == [1, 2]
