"""Runs whose message was lost, whose process died, or whose file is old."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from actors.import_orders import send_slice
from actors.import_sweep import delete_import_files, resume_imports, sweep_imports
from models.database import org_transaction, owner_transaction
from models.order_import.runs.submission import Upload, submit_file
from models.settings import Settings
from tests.jobs.imports import left_behind, mixed_file, run_of, submitted
from tests.records import Account
from tests.storage.orders_files import orders_file, row
from tests.waiting import wait_for
from tests.workers import import_worker

ROOT = Path(__file__).parents[2]
DRAMATIQ = Path(sys.executable).with_name("dramatiq")


def test_the_sweep_sends_only_messages_that_were_lost(
    seller: Account, redis_client: redis.Redis
) -> None:
    lost, sent = (submitted(seller.organization_id, orders_file([row()])) for _ in range(2))
    assert send_slice(sent, 0)
    assert resume_imports() == 1
    assert resume_imports() == 0
    redis_client.flushdb()
    assert resume_imports() == 2
    with import_worker():
        for run_id in (lost, sent):
            wait_for(lambda run_id=run_id: run_of(seller.organization_id, run_id).completed_at)
    sweep_imports.fn()
    assert redis_client.llen("dramatiq:imports") == 0


def test_a_run_in_a_request_is_left_alone_until_its_lease_ends(seller: Account) -> None:
    upload = Upload(io.BytesIO(orders_file([row()])), worked_here=True)
    run_id = submit_file(seller.organization_id, upload).run_id
    assert resume_imports() == 0
    with org_transaction(seller.organization_id) as session:
        session.execute(text("UPDATE import_runs SET lease_until = now() - interval '1 second'"))
    assert resume_imports() == 1
    with import_worker():
        wait_for(lambda: run_of(seller.organization_id, run_id).status == "completed")


def test_an_old_file_is_deleted_and_its_run_stays(seller: Account) -> None:
    sound = submitted(seller.organization_id, orders_file([row()]))
    faulty = submitted(seller.organization_id, orders_file([row(quantity="?")]))
    with import_worker():
        for run_id in (sound, faulty):
            send_slice(run_id, 0)
            wait_for(lambda run_id=run_id: run_of(seller.organization_id, run_id).completed_at)

    def kept_after(days: int) -> list[bool]:
        with owner_transaction() as session:
            session.execute(
                text("UPDATE import_runs SET created_at = now() - :days * interval '1 day'"),
                {"days": days},
            )
        delete_import_files.fn()
        return [
            run_of(seller.organization_id, run_id).file_deleted_at is None
            for run_id in (sound, faulty)
        ]

    assert kept_after(29) == [True, True]
    assert kept_after(31) == [False, True]
    assert kept_after(91) == [False, False]
    with org_transaction(seller.organization_id) as session:
        assert session.scalar(text("SELECT count(*) FROM import_file_chunks")) == 0


@pytest.fixture
def start_importer(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts an importer in its own process group, which ends with the test."""
    started: list[subprocess.Popen] = []
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }

    def start() -> subprocess.Popen:
        command = [DRAMATIQ, "tests.jobs.hasty_importer", "--processes=1", "--threads=2"]
        with (tmp_path / "importer.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--queues=imports"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow(reason="kills two processes and waits until their messages return")
def test_importers_that_are_killed_lose_and_double_nothing(
    seller: Account, start_importer: Callable[[], subprocess.Popen]
) -> None:
    orders = 1_400
    run_id = submitted(seller.organization_id, mixed_file(orders))
    send_slice(run_id, 0)
    batches = 0
    for _ in range(2):
        process = start_importer()
        goal = batches + 12
        wait_for(lambda: run_of(seller.organization_id, run_id).batches >= goal, 60)  # noqa: B023
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        batches = run_of(seller.organization_id, run_id).batches
        assert run_of(seller.organization_id, run_id).status == "processing"
    start_importer()
    wait_for(lambda: run_of(seller.organization_id, run_id).completed_at, 60)
    left = left_behind(seller.organization_id, run_id)
    faulty = orders // 7
    assert left["status"] == "completed"
    assert left["rows"] == 2 * orders + 1
    # The scattered order was stored, and made a draft when its other rows came.
    assert (left["orders_created"], left["orders_rejected"]) == (orders - faulty - 1, faulty + 1)
    assert len(left["orders"]) == orders - faulty
    assert left["error_count"] == len(left["findings"]) == faulty + 1
    assert [status for _, status, _ in left["orders"]].count("draft") == 1
    assert {lines for *_, lines in left["orders"]} == {2}
