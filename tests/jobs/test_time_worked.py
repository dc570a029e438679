"""The duration of a job counts only the time in which workers processed it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from actors import job_control
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.database import org_transaction, owner_transaction
from models.jobs.cancel_and_retry import Selection
from models.jobs.reconciliation import reconcile
from models.tables.batch_job import BatchJob
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]

HOUR = 3600.0


def let_pass(hours: int) -> None:
    """Moves every time stamp of jobs this many hours into the past."""
    moved = ", ".join(
        f"{column} = {column} - interval '{hours} hours'"
        for column in ("created_at", "started_at", "completed_at", "working_since")
    )
    with owner_transaction() as session:
        session.execute(text(f"UPDATE batch_job_queue SET {moved}"))


def seconds_worked(account: Account, job_id: UUID) -> float | None:
    with org_transaction(account.organization_id) as session:
        return session.get_one(BatchJob, job_id).seconds_worked(datetime.now(UTC))


@pytest.fixture
def order_ids(seller: Account) -> list[int]:
    return new_orders(seller, 3, flawed=[1], lines=1)


def test_a_job_that_never_started_took_no_time(
    seller: Account, submit: Submit, order_ids: list[int], clerk: Author
) -> None:
    job_id = submit(order_ids)
    assert seconds_worked(seller, job_id) is None
    job_control.cancel(seller.organization_id, job_id, clerk)
    assert reconcile(seller.organization_id, job_id).seconds is None


def test_the_time_between_the_end_of_a_job_and_a_retry_does_not_count(
    seller: Account, submit: Submit, order_ids: list[int], clerk: Author
) -> None:
    job_id = submit(order_ids)
    for order_id in order_ids:
        create_invoice(str(job_id), order_id)
    before = reconcile(seller.organization_id, job_id).seconds
    let_pass(hours=24)
    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())
    assert reconcile(seller.organization_id, job_id).seconds is None
    create_invoice(str(job_id), order_ids[1])

    after = reconcile(seller.organization_id, job_id).seconds

    assert before is not None
    assert after is not None
    assert 0 < before < after < HOUR


def test_a_pause_does_not_count_and_the_hours_before_it_do(
    seller: Account, submit: Submit, order_ids: list[int], clerk: Author
) -> None:
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    let_pass(hours=2)
    assert 2 * HOUR < (seconds_worked(seller, job_id) or 0) < 3 * HOUR
    job_control.pause(seller.organization_id, job_id, clerk)
    let_pass(hours=12)
    job_control.resume(seller.organization_id, job_id, clerk)

    assert 2 * HOUR < (seconds_worked(seller, job_id) or 0) < 3 * HOUR
