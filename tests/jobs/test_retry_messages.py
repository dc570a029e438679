"""The messages of retried orders are sent at once, within the window, and again when lost."""

import re
from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
import pytest
import redis

from actors import dispatch, job_control
from actors.create_invoice import create_invoice
from actors.redis_connection import new_client
from actors.sweep import sweep
from models.accounts.audit import Author
from models.database import org_transaction
from models.jobs import cancel_and_retry, status_updates
from models.jobs.cancel_and_retry import Selection
from models.jobs.published_state import JobState
from tests.chaos.procfile import command_of
from tests.jobs.books import wrong_in_books
from tests.jobs.order_correction import correct_order
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"


@pytest.mark.usefixtures("quick_restart")
def test_a_retry_needs_no_sweep_and_sends_only_the_selected_orders(
    seller: Account,
    order_ids: list[int],
    ended_job: UUID,
    clerk: Author,
    redis_client: redis.Redis,
    worker: dramatiq.Worker,
    end_of: StateOf,
) -> None:
    worker.pause()
    for order_id in order_ids:
        correct_order(seller.organization_id, order_id)
    redis_client.flushall()

    job_control.retry_failed(seller.organization_id, ended_job, clerk, Selection())

    assert redis_client.hlen(f"{QUEUE}.msgs") == 2
    worker.resume()
    assert (end_of(ended_job).status, end_of(ended_job).successful_items) == ("completed", 6)


def test_a_retry_larger_than_the_window_is_completed(
    seller: Account,
    submit: Submit,
    clerk: Author,
    worker: dramatiq.Worker,
    end_of: StateOf,
    set_window: Callable[[int], None],
) -> None:
    set_window(5)
    order_ids = new_orders(seller, 40, flawed=range(1, 40), lines=1)
    job_id = submit(order_ids)
    dispatch.start(seller.organization_id, job_id)
    assert end_of(job_id).failed_items == 39
    worker.join()
    for order_id in order_ids:
        correct_order(seller.organization_id, order_id)

    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    assert (end_of(job_id).successful_items, end_of(job_id).failed_items) == (40, 0)
    assert wrong_in_books(seller.organization_id) == {}


def test_retried_positions_that_a_concurrent_refill_has_passed_are_sent_at_once(
    seller: Account,
    order_ids: list[int],
    submit: Submit,
    clerk: Author,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[1])
    redis_client.flushall()
    reopen = cancel_and_retry.reopen_failed_items

    def overtaken(*args: object) -> list[int]:
        chosen = reopen(*args)  # type: ignore[arg-type]
        with org_transaction(seller.organization_id) as session:
            status_updates.send_more(session, job_id, 50, 50)
        return chosen

    monkeypatch.setattr(cancel_and_retry, "reopen_failed_items", overtaken)
    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    # All six orders are open or retried; Redis has only the messages just sent.
    assert redis_client.hlen(f"{QUEUE}.msgs") == 6


def test_the_sweep_sends_retried_orders_whose_messages_redis_lost(
    seller: Account,
    order_ids: list[int],
    ended_job: UUID,
    clerk: Author,
    redis_client: redis.Redis,
) -> None:
    job_control.retry_failed(seller.organization_id, ended_job, clerk, Selection())
    redis_client.flushall()

    assert sweep().messages_sent == 2


def test_the_redis_pool_has_a_connection_for_every_thread_of_a_worker(redis_url: str) -> None:
    """All threads postpone their messages at once when the database goes away."""
    threads = re.search(r"--threads (\d+)", command_of("worker"))
    assert threads
    with new_client(redis_url) as client:
        pool = client.connection_pool
        taken = [pool.get_connection() for _ in range(int(threads[1]) + 10)]
        for connection in taken:
            pool.release(connection)
