"""The messages of retried orders: sent at once, in the window, and again when they were lost."""

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
from tests.jobs.mending import mend
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"


@pytest.mark.usefixtures("quick_restart")
def test_a_retry_needs_no_sweep_and_sends_only_the_chosen(
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
        mend(seller.organization_id, order_id)
    redis_client.flushall()

    job_control.retry_failed(seller.organization_id, ended_job, clerk, Selection())

    assert redis_client.hlen(f"{QUEUE}.msgs") == 2
    worker.resume()
    assert (end_of(ended_job).status, end_of(ended_job).successful_items) == ("completed", 6)


def test_a_retry_larger_than_the_window_is_worked_off_to_its_end(
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
        mend(seller.organization_id, order_id)

    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    assert (end_of(job_id).successful_items, end_of(job_id).failed_items) == (40, 0)
    assert wrong_in_books(seller.organization_id) == {}


def test_places_that_were_sent_past_while_a_retry_was_under_way_are_sent_at_once(
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

    # All six are open or retried, none is in Redis but those just sent.
    assert redis_client.hlen(f"{QUEUE}.msgs") == 6


def test_a_retry_that_redis_did_not_hear_of_is_found_by_the_sweep(
    seller: Account,
    order_ids: list[int],
    ended_job: UUID,
    clerk: Author,
    redis_client: redis.Redis,
) -> None:
    job_control.retry_failed(seller.organization_id, ended_job, clerk, Selection())
    redis_client.flushall()

    assert sweep().messages_sent == 2


def test_all_threads_of_a_worker_can_send_their_messages_again_at_once(redis_url: str) -> None:
    """As when the database goes away under their groups: a message that is not sent is lost."""
    threads = re.search(r"--threads (\d+)", command_of("worker"))
    assert threads
    with new_client(redis_url) as client:
        pool = client.connection_pool
        taken = [pool.get_connection() for _ in range(int(threads[1]) + 10)]
        for connection in taken:
            pool.release(connection)
