"""A cancel takes effect within a second, however large the job."""

import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import dramatiq
import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text

from actors import job_control, sweep
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.database import STATEMENT_TIMEOUT_SECONDS, org_transaction, owner_transaction
from models.jobs import status_updates
from models.jobs.cancel_and_retry import Selection, cancel_open_items
from models.jobs.published_state import JobState
from models.jobs.submission import Submission, submit_matching
from models.orders.search import OrderFilter
from tests.jobs.books import wrong_in_books
from tests.records import Account, new_orders
from tests.waiting import wait_for

StateOf = Callable[[UUID], JobState]
ORDERS = 30_000

# Copies of the first order, which has a customer and a line.
_COPY_ORDERS = text(
    """
    INSERT INTO orders (organization_id, order_number, order_date, customer_id, currency, status)
    SELECT organization_id, 'L' || n, order_date, customer_id, currency, status
    FROM orders, generate_series(2, :count) AS n
    """
)
_COPY_LINES = text(
    """
    INSERT INTO order_lines (organization_id, order_id, line_number, description, quantity,
                             unit_price, tax_category, tax_percent)
    SELECT l.organization_id, o.id, 1, l.description, l.quantity, l.unit_price, l.tax_category,
           l.tax_percent
    FROM order_lines l, orders o WHERE o.id <> l.order_id
    """
)

_FAIL_ITEMS = text(
    "UPDATE batch_job_items SET status = 'failed', error_code = 'order_not_confirmed' "
    "WHERE status = 'pending'"
)
_END_JOB = text(
    "UPDATE batch_job_queue SET status = 'completed', completed_at = now(), "
    "failed_items = total_items - 1"
)


@pytest.fixture
def large_job(seller: Account) -> UUID:
    """A job of 30,000 orders whose first is invoiced."""
    (first,) = new_orders(seller, 1, lines=1)
    with org_transaction(seller.organization_id) as session:
        session.execute(_COPY_ORDERS, {"count": ORDERS})
        session.execute(_COPY_LINES)
    submission = Submission(seller.user_id)
    job_id = submit_matching(seller.organization_id, OrderFilter(), submission).job_id
    create_invoice(str(job_id), first)
    return job_id


@pytest.fixture
def sweeper(large_job: UUID) -> Iterator[dramatiq.Worker]:
    """The sweeper, with its thread in this process."""
    queues = {sweep.broker.SWEEP}
    started = dramatiq.Worker(
        sweep.broker.broker, worker_threads=1, queues=queues, worker_timeout=50
    )
    started.start()
    yield started
    started.stop()


def test_a_cancel_request_ends_some_orders_and_the_sweeper_ends_the_rest(
    seller: Account,
    clerk: Author,
    large_job: UUID,
    state_of: StateOf,
    request: pytest.FixtureRequest,
) -> None:
    job_control.cancel(seller.organization_id, large_job, clerk)
    by_request = state_of(large_job)
    request.getfixturevalue("sweeper")
    wait_for(lambda: state_of(large_job).ended, 60)

    assert by_request.cancelled_items == 20_000
    assert not by_request.ended
    assert state_of(large_job).cancelled_items == ORDERS - 1
    assert wrong_in_books(seller.organization_id) == {}


def test_the_sweeper_cancels_from_the_last_order_while_the_request_cancels_from_the_first(
    seller: Account, clerk: Author, large_job: UUID, state_of: StateOf
) -> None:
    org = seller.organization_id
    with org_transaction(org) as session:
        status_updates.cancel(session, large_job)
    with org_transaction(org) as request:
        cancel_open_items(request, large_job, limit=1_000)
        assert not job_control.finish_cancelling(org, large_job, seconds=0)
        assert state_of(large_job).cancelled_items == 20_000
        request.rollback()


def test_without_redis_the_request_ends_all_orders(
    seller: Account,
    clerk: Author,
    large_job: UUID,
    state_of: StateOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RedisAway

    monkeypatch.setattr(job_control.broker, "enqueue", refuse)
    job_control.cancel(seller.organization_id, large_job, clerk)

    assert state_of(large_job).cancelled_items == ORDERS - 1


@pytest.mark.usefixtures("sweeper")
def test_a_cancel_of_a_large_job_takes_effect_within_a_second(
    seller: Account, clerk: Author, large_job: UUID, state_of: StateOf
) -> None:
    org = seller.organization_id
    with org_transaction(org) as session:
        late = session.scalars(text("SELECT max(order_id) FROM batch_job_items")).one()
    assert (state_of(large_job).total_items, state_of(large_job).successful_items) == (ORDERS, 1)
    pressed = time.monotonic()
    cancelling = threading.Thread(target=job_control.cancel, args=(org, large_job, clerk))

    cancelling.start()
    wait_for(lambda: state_of(large_job).status == "cancelled", 5)
    taken_effect = time.monotonic() - pressed
    # A message that arrives while the items are still being cancelled.
    create_invoice(str(large_job), late)
    cancelling.join(60)
    wait_for(lambda: state_of(large_job).ended, 60)
    all_ended = time.monotonic() - pressed

    state = state_of(large_job)
    assert (state.successful_items, state.cancelled_items) == (1, ORDERS - 1)
    assert state.ended
    assert wrong_in_books(org) == {}
    print(  # noqa: T201
        f"cancelled after {taken_effect:.3f} s, the last of {ORDERS} items {all_ended:.3f} s"
    )
    assert taken_effect < 1.0


@pytest.mark.usefixtures("sweeper")
def test_a_cancel_does_not_wait_for_a_running_group(
    seller: Account, clerk: Author, large_job: UUID, state_of: StateOf
) -> None:
    org = seller.organization_id
    pressed = time.monotonic()
    cancelling = threading.Thread(target=job_control.cancel, args=(org, large_job, clerk))

    with org_transaction(org) as session:
        session.execute(
            text("SELECT FROM batch_job_items WHERE status = 'pending' LIMIT 64 FOR UPDATE")
        )
        cancelling.start()
        wait_for(lambda: state_of(large_job).status == "cancelled", 5)
        assert time.monotonic() - pressed < 1.0
    cancelling.join(60)
    wait_for(lambda: state_of(large_job).ended, 60)

    assert state_of(large_job).cancelled_items == ORDERS - 1
    assert wrong_in_books(org) == {}


def test_a_retry_of_a_large_job_takes_less_than_half_the_statement_timeout(
    seller: Account, clerk: Author, large_job: UUID, state_of: StateOf
) -> None:
    with owner_transaction() as session:
        session.execute(_FAIL_ITEMS)
        session.execute(_END_JOB)
    pressed = time.monotonic()

    retried, _ = job_control.retry_failed(seller.organization_id, large_job, clerk, Selection())

    taken = time.monotonic() - pressed
    assert (retried, state_of(large_job).pending_items) == (ORDERS - 1, ORDERS - 1)
    assert wrong_in_books(seller.organization_id) == {}
    print(f"{retried} orders retried in {taken:.3f} s")  # noqa: T201
    assert taken < STATEMENT_TIMEOUT_SECONDS / 2
