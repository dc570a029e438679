"""Fixtures of the job tests: a seller, empty queues, and workers."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import dramatiq
import pytest
import redis
from sqlalchemy.orm import Session

import models.database
from models.accounts.audit import Author
from models.database import org_transaction
from models.jobs import run
from models.jobs.published_state import JobState, job_state
from models.jobs.submission import Submission, submit_orders
from models.settings import Settings
from tests.emptied_database import database, emptied_database
from tests.jobs.fault_kinds import Faulty
from tests.records import Account, new_account, new_orders
from tests.waiting import wait_for
from tests.workers import invoice_worker

__all__ = ["database", "emptied_database"]


@pytest.fixture
def seller(settings: Settings, redis_client: redis.Redis) -> Iterator[Account]:
    """An organisation in a fresh database, with an empty Redis."""
    yield new_account()
    # Drop the database only when no connection is in use.
    wait_for(lambda: models.database.engine().pool.checkedout() == 0)  # type: ignore[attr-defined]


@pytest.fixture
def clerk(seller: Account) -> Author:
    """The seller's user, as the author of actions."""
    return Author(seller.user_id, "192.0.2.7")


@pytest.fixture
def submit(seller: Account) -> Callable[[Sequence[int]], UUID]:
    """Stores a job for orders of the seller, without sending messages."""
    submission = Submission(seller.user_id)
    return lambda ids: submit_orders(seller.organization_id, ids, submission).job_id


@pytest.fixture
def state_of(seller: Account) -> Callable[[UUID], JobState]:
    """Reads the state of one of the seller's jobs."""

    def read(job_id: UUID) -> JobState:
        with org_transaction(seller.organization_id) as session:
            return job_state(session, job_id)

    return read


@pytest.fixture
def end_of(state_of: Callable[[UUID], JobState]) -> Callable[[UUID], JobState]:
    """Waits until a job ends; returns its state."""

    def wait(job_id: UUID) -> JobState:
        wait_for(lambda: state_of(job_id).ended, 30)
        return state_of(job_id)

    return wait


@pytest.fixture
def set_window(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Fixes the number of messages in flight per job, however fast the job runs."""
    from actors import window_size

    def fix(size: int) -> None:
        for name in ("FIRST_WINDOW", "SMALLEST_WINDOW", "LARGEST_WINDOW"):
            monkeypatch.setattr(window_size, name, size)

    return fix


@pytest.fixture
def worker(seller: Account) -> Iterator[dramatiq.Worker]:
    """The real worker of Dramatiq, with its threads in this process."""
    with invoice_worker() as started:
        yield started


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Faulty]:
    """Makes the work on orders meet a fault."""

    def install(fault: Callable[[Session], None], **options: int) -> Faulty:
        faulty = Faulty(fault, **options)
        monkeypatch.setattr(run, "write_invoices", faulty)
        return faulty

    return install


@pytest.fixture
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once, so a test need not wait for them."""
    from actors.create_invoice import create_invoice

    monkeypatch.setitem(create_invoice.options, "min_backoff", 1)
    monkeypatch.setitem(create_invoice.options, "max_backoff", 20)


@pytest.fixture
def order_ids(seller: Account) -> list[int]:
    """Six orders; the second and the fourth are flawed."""
    return new_orders(seller, 6, flawed=[1, 3], lines=1)


@pytest.fixture
def ended_job(
    seller: Account, submit: Callable[[Sequence[int]], UUID], order_ids: list[int]
) -> UUID:
    """A completed job of all six orders, with two failures."""
    from actors.create_invoice import create_invoice

    job_id = submit(order_ids)
    for order_id in order_ids:
        create_invoice(str(job_id), order_id)
    return job_id


@pytest.fixture
def quick_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consumers restart at once, not after three seconds."""
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.05)
