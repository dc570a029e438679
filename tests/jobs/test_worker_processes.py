"""Worker processes, as in the Procfile, are killed without warning."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
import redis
from sqlalchemy import func, select

from actors import dispatch
from models.database import org_transaction
from models.jobs.published_state import JobState
from models.settings import Settings
from models.tables.invoice import Invoice
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
ROOT = Path(__file__).parents[2]
DRAMATIQ = Path(sys.executable).with_name("dramatiq")


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts the worker in its own process group, which ends with the test."""
    started: list[subprocess.Popen] = []
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }

    def start() -> subprocess.Popen:
        command = [DRAMATIQ, "tests.jobs.hasty_worker", "--processes=2", "--threads=4"]
        command += ["--queues=invoices"]
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_job_whose_workers_were_killed_goes_on_without_a_sweep(
    seller: Account,
    submit: Submit,
    state_of: StateOf,
    end_of: StateOf,
    start_worker: Callable[[], subprocess.Popen],
) -> None:
    job_id = submit(new_orders(seller, 400, flawed=[7, 77], lines=1))
    dispatch.start(seller.organization_id, job_id)
    first = start_worker()
    wait_for(lambda: state_of(job_id).successful_items >= 20, 30)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    left = state_of(job_id).pending_items
    assert left > 0

    start_worker()
    wait_for(lambda: state_of(job_id).ended, 60)

    state = end_of(job_id)
    assert (state.successful_items, state.failed_items) == (398, 2)
    with org_transaction(seller.organization_id) as session:
        count = session.scalar(select(func.count()).select_from(Invoice))
        last = session.scalar(select(func.max(Invoice.sequence)))
    assert count == last == 398


def test_a_worker_that_starts_requests_a_sweep(
    start_worker: Callable[[], subprocess.Popen], redis_client: redis.Redis
) -> None:
    start_worker()

    wait_for(lambda: redis_client.llen("dramatiq:sweep") > 0, 30)
