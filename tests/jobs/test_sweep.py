"""The sweep finds lost messages by comparing open orders with messages in flight."""

import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

import dramatiq
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from actors import create_invoice as create_invoice_actor
from actors import dispatch, job_control, lost_messages
from actors.create_invoice import create_invoice
from actors.redis_connection import new_client
from actors.sweep import sweep
from models.accounts.audit import Author
from models.database import crossing_transaction, dispose, new_engine, org_transaction
from models.jobs import status_updates
from models.jobs.published_state import JobState
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"


def test_a_job_whose_first_messages_were_never_sent_is_started(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    submit(new_orders(seller, 3))

    report = sweep()

    assert (report.jobs, redis_client.llen(QUEUE)) == (1, 3)


@pytest.mark.usefixtures("quick_restart")
def test_messages_that_redis_lost_are_sent_again(
    seller: Account,
    submit: Submit,
    redis_client: redis.Redis,
    worker: dramatiq.Worker,
    end_of: StateOf,
) -> None:
    worker.pause()
    job_id = submit(new_orders(seller, 20))
    dispatch.start(seller.organization_id, job_id)
    redis_client.flushall()

    report = sweep()
    worker.resume()

    assert report.messages_sent == 20
    assert (end_of(job_id).status, end_of(job_id).successful_items) == ("completed", 20)


def test_messages_that_a_dead_worker_had_not_sent_are_sent(
    seller: Account,
    submit: Submit,
    state_of: StateOf,
    redis_client: redis.Redis,
    set_window: Callable[[int], None],
) -> None:
    """The group was committed, but the messages that should follow it were not sent."""
    set_window(4)
    order_ids = new_orders(seller, 12, lines=1)
    job_id = submit(order_ids)
    dispatch.start(seller.organization_id, job_id)
    assert redis_client.llen(QUEUE) == 4
    faults, report = create_invoice_actor._invoice_group(
        create_invoice_actor.Job(seller.organization_id, job_id), order_ids[:1]
    )
    redis_client.flushall()  # the messages of the dead worker are done, or will be lost
    more, second = create_invoice_actor._invoice_group(
        create_invoice_actor.Job(seller.organization_id, job_id), order_ids[1:4]
    )
    unsent = [id_ for one in (report, second) for made in one.commits for id_ in made.next_orders]
    assert set((faults | more).values()) == {None}
    assert (state_of(job_id).successful_items, len(unsent)) == (4, 4)

    assert sweep().messages_sent == 4

    messages = [json.loads(message) for message in redis_client.hvals(f"{QUEUE}.msgs")]
    assert sorted(message["args"][1] for message in messages) == sorted(unsent)


def test_messages_that_are_in_flight_are_not_sent_again(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 20))
    dispatch.start(seller.organization_id, job_id)

    report = sweep()

    assert (report.jobs, report.messages_sent) == (1, 0)
    assert redis_client.llen(QUEUE) == 20


def test_only_the_lost_messages_are_sent_again(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 20))
    dispatch.start(seller.organization_id, job_id)
    lost = redis_client.lpop(QUEUE, 5)
    redis_client.hdel(f"{QUEUE}.msgs", *lost)

    assert sweep().messages_sent == 5


def test_a_delayed_retry_counts_as_in_flight(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    with org_transaction(seller.organization_id) as session:
        status_updates.send_more(session, job_id, 1, 1)
    create_invoice.send_with_options(args=(str(job_id), order_id), delay=60_000)

    assert sweep().messages_sent == 0
    assert redis_client.llen(f"{QUEUE}.DQ") == 1


def test_a_cancel_that_was_cut_short_is_finished(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    job_id = submit(new_orders(seller, 7))
    with org_transaction(seller.organization_id) as session:
        status_updates.cancel(session, job_id)
    assert state_of(job_id).pending_items == 7

    sweep()

    assert (state_of(job_id).cancelled_items, state_of(job_id).ended) == (7, True)


def test_when_two_sweeps_run_at_once_one_does_nothing(seller: Account, submit: Submit) -> None:
    submit(new_orders(seller, 1))
    with crossing_transaction("sweep") as session:
        session.execute(text(f"SELECT pg_advisory_xact_lock({0x73776565})"))

        assert not sweep().ran

    assert sweep().ran


def test_a_sweep_longer_than_the_idle_timeout_keeps_its_lock(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(new_orders(seller, 1))
    monkeypatch.setattr("models.database.new_engine", partial(new_engine, idle_seconds=1))
    dispose()
    idled: list[bool] = []

    def outlast_the_limit(*_: object, **__: object) -> int:
        with suppress(DBAPIError), org_transaction(seller.organization_id) as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            wait_for(lambda: not is_connected(seller, pid))
        idled.append(sweep().ran)
        return 0

    monkeypatch.setattr(lost_messages, "resume", outlast_the_limit)
    assert sweep().jobs == 1
    assert idled == [False]


def is_connected(seller: Account, pid: int | None) -> bool:
    known = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :pid)")
    with org_transaction(seller.organization_id) as session:
        return bool(session.scalar(known, {"pid": pid}))


def test_the_window_bounds_the_messages_in_flight(
    seller: Account, submit: Submit, redis_client: redis.Redis, set_window: Callable[[int], None]
) -> None:
    set_window(10)
    order_ids = new_orders(seller, 25)
    job_id = submit(order_ids)
    dispatch.start(seller.organization_id, job_id)
    assert redis_client.llen(QUEUE) == 10

    for order_id in order_ids[:4]:
        create_invoice(str(job_id), order_id)
    assert redis_client.llen(QUEUE) == 10
    create_invoice(str(job_id), order_ids[4])  # half a window has ended: as many messages follow

    assert redis_client.llen(QUEUE) == 15


def test_an_unreachable_redis_does_not_lose_the_job(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch, redis_client: redis.Redis
) -> None:
    job_id = submit(new_orders(seller, 4))
    from actors.broker import broker

    dead = new_client("redis://127.0.0.1:1")
    with monkeypatch.context() as away:
        away.setattr(broker, "client", dead)
        assert not dispatch.start(seller.organization_id, job_id)

    assert sweep().messages_sent == 4
    assert redis_client.llen(QUEUE) == 4


def test_a_job_that_does_not_exist_cannot_be_cancelled(seller: Account) -> None:
    from models.errors import NotFound

    with pytest.raises(NotFound):
        job_control.cancel(seller.organization_id, uuid.uuid4(), Author(seller.user_id))
