"""An order that keeps killing its worker fails in the end, and no other order fails."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from actors import dispatch
from actors.sweep import sweep
from models.database import org_transaction
from models.jobs.claims import MAX_ATTEMPTS
from models.jobs.published_state import job_state
from models.jobs.submission import Submission, submit_orders
from models.settings import Settings
from models.tables.batch_job import BatchJobItem
from tests.chaos.extent import extent
from tests.chaos.procfile import Processes, command_of
from tests.records import new_account, new_orders
from web.embedded.processes import backoff

ORDERS, DEADLY = 200, 20
ATTEMPTS = extent(suite=3, chaos=MAX_ATTEMPTS)


def test_an_order_that_kills_its_worker_fails_and_the_rest_completes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(backoff, pause, 0.0)
    monkeypatch.setenv("DEADLY_ORDER", f"A{DEADLY:05d}")
    monkeypatch.setenv("MOST_ATTEMPTS", str(ATTEMPTS))
    seller = new_account()
    order_ids = new_orders(seller, ORDERS, lines=1)
    job_id = submit_orders(seller.organization_id, order_ids, Submission(seller.user_id)).job_id
    dispatch.start(seller.organization_id, job_id)

    def has_ended() -> bool:
        sweep()
        with org_transaction(seller.organization_id) as session:
            return job_state(session, job_id).ended

    with closing(Processes(tmp_path, settings, worker=deadly_worker())) as processes:
        seconds = processes.wait_for(has_ended, 300)

    print(f"\n{ATTEMPTS} dead workers later, after {seconds:.1f} s, the job has ended")  # noqa: T201
    with org_transaction(seller.organization_id) as session:
        state = job_state(session, job_id)
        failed = session.execute(
            select(BatchJobItem.order_id, BatchJobItem.error_code).where(
                BatchJobItem.status == "failed"
            )
        ).all()
        numbers = list(session.scalars(text("SELECT sequence FROM invoices ORDER BY sequence")))
    assert [tuple(item) for item in failed] == [(order_ids[DEADLY], "gave_up_after_retries")]
    assert (state.status, state.successful_items) == ("completed", ORDERS - 1)
    assert numbers == list(range(1, ORDERS))


def deadly_worker() -> str:
    """The Procfile's command with one process: a second would die together with the first."""
    alone, found = re.subn(r"--processes \d+", "--processes 1", command_of("worker"))
    assert found
    return alone.replace("actors.worker", "tests.chaos.deadly_worker")
