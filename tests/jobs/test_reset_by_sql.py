"""An operator's UPDATE in psql resets a job: the job goes on, and the reset is logged."""

from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
from sqlalchemy import select, text

from actors import job_control
from actors.create_invoice import create_invoice
from actors.sweep import sweep
from models.accounts.audit import Author
from models.database import org_transaction, owner_transaction
from models.jobs import status_updates
from models.jobs.published_state import JobState
from models.tables.audit_log import AuditEntry
from tests.jobs.books import wrong_in_books
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]

RESET = text("UPDATE batch_job_queue SET status = 'pending', started_at = NULL WHERE id = :id")


def reset(job_id: UUID) -> None:
    """Resets the job with the README's statement."""
    with owner_transaction() as session:
        session.execute(RESET, {"id": job_id})


def resets_logged(account: Account, job_id: UUID) -> Sequence[AuditEntry]:
    with org_transaction(account.organization_id) as session:
        entries = select(AuditEntry).where(
            AuditEntry.action == "job.reset", AuditEntry.batch_job_id == job_id
        )
        return session.scalars(entries).all()


def test_a_job_that_the_operator_reset_goes_on_and_invoices_no_order_twice(
    seller: Account, submit: Submit, end_of: StateOf, worker: dramatiq.Worker
) -> None:
    order_ids = new_orders(seller, 6)
    job_id = submit(order_ids)
    for order_id in order_ids[:2]:
        create_invoice(str(job_id), order_id)
    reset(job_id)

    sweep()

    assert (end_of(job_id).status, end_of(job_id).successful_items) == ("completed", 6)


def test_a_finished_job_that_the_operator_reset_is_ended_again(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    create_invoice(str(job_id), order_id)
    reset(job_id)

    assert sweep().jobs_ended == 1
    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("completed", 1)


def test_a_job_that_has_an_open_order_is_neither_ended_nor_changed(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    """A person retries a failed order while the sweep, which saw none open, ends the job."""
    done, still_open = new_orders(seller, 2)
    job_id = submit([done, still_open])
    create_invoice(str(job_id), done)
    before = state_of(job_id)

    with org_transaction(seller.organization_id) as session:
        assert status_updates.end_if_all_ended(session, job_id) is None

    assert state_of(job_id) == before


def test_a_cancelled_job_that_the_operator_reset_does_not_become_completed(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    order_ids = new_orders(seller, 4)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    job_control.cancel(seller.organization_id, job_id, clerk)
    reset(job_id)

    sweep()

    state = state_of(job_id)
    assert (state.status, state.successful_items, state.cancelled_items) == ("cancelled", 1, 3)
    assert state.ended
    assert wrong_in_books(seller.organization_id) == {}


def test_a_reset_by_sql_is_in_the_audit_log_with_the_role_and_the_previous_status(
    seller: Account, submit: Submit
) -> None:
    job_id = submit(new_orders(seller, 1))
    with org_transaction(seller.organization_id) as session:
        status_updates.start(session, job_id)

    reset(job_id)

    (entry,) = resets_logged(seller, job_id)
    assert entry.user_id is None
    assert entry.details == {"by": "sql", "role": "billmill_owner", "status": "processing"}


def test_a_reset_by_a_person_is_logged_once(seller: Account, submit: Submit, clerk: Author) -> None:
    job_id = submit(new_orders(seller, 1))
    with org_transaction(seller.organization_id) as session:
        status_updates.start(session, job_id)

    job_control.reset(seller.organization_id, job_id, clerk)

    (entry,) = resets_logged(seller, job_id)
    assert entry.user_id == seller.user_id
