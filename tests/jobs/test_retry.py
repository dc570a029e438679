"""Failed orders are tried again in the same job, and the counters still add up."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import select

from actors import job_control
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import ForbiddenTransition, NotFound
from models.jobs.cancel_and_retry import Selection
from models.jobs.published_state import JobState
from models.tables.audit_log import AuditEntry
from models.tables.batch_job import BatchJob
from tests.jobs.books import wrong_in_books
from tests.jobs.items import items_of
from tests.jobs.order_correction import correct_order
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]


def job_of(account: Account, job_id: UUID) -> BatchJob:
    with org_transaction(account.organization_id) as session:
        return session.get_one(BatchJob, job_id)


def test_a_corrected_order_succeeds_and_moves_the_counters(
    seller: Account, order_ids: list[int], ended_job: UUID, state_of: StateOf, clerk: Author
) -> None:
    org, before = seller.organization_id, state_of(ended_job)
    assert (before.status, before.successful_items, before.failed_items) == ("completed", 4, 2)
    correct_order(org, order_ids[1])

    assert job_control.retry_failed(org, ended_job, clerk, Selection())[0] == 2

    meanwhile = state_of(ended_job)
    assert (meanwhile.status, meanwhile.completed_at) == ("processing", None)
    assert (meanwhile.successful_items, meanwhile.failed_items, meanwhile.pending_items) == (
        4,
        0,
        2,
    )
    assert meanwhile.started_at == before.started_at
    assert wrong_in_books(org) == {}
    create_invoice(str(ended_job), order_ids[1])
    create_invoice(str(ended_job), order_ids[3])
    after = state_of(ended_job)
    assert (after.status, after.successful_items, after.failed_items) == ("completed", 5, 1)
    assert after.completed_at is not None
    assert before.revision < meanwhile.revision < after.revision
    assert wrong_in_books(org) == {}


def test_a_retry_removes_the_retried_orders_from_the_jobs_errors(
    seller: Account, order_ids: list[int], ended_job: UUID, clerk: Author
) -> None:
    assert [e["order_id"] for e in job_of(seller, ended_job).errors] == [order_ids[1], order_ids[3]]

    only = Selection(order_ids=[order_ids[1]])
    job_control.retry_failed(seller.organization_id, ended_job, clerk, only)

    assert [error["order_id"] for error in job_of(seller, ended_job).errors] == [order_ids[3]]
    correct_order(seller.organization_id, order_ids[1])
    create_invoice(str(ended_job), order_ids[1])
    assert [error["order_id"] for error in job_of(seller, ended_job).errors] == [order_ids[3]]


def test_a_retried_order_starts_again_in_the_last_position(
    seller: Account, order_ids: list[int], ended_job: UUID, clerk: Author
) -> None:
    before = items_of(seller, ended_job)

    job_control.retry_failed(seller.organization_id, ended_job, clerk, Selection())

    after = items_of(seller, ended_job)
    retried = [after[order_ids[1]], after[order_ids[3]]]
    for item in retried:
        assert (item.status, item.attempts, item.error_code, item.ended_at) == (
            "pending",
            0,
            None,
            None,
        )
        assert (item.error_message, item.error_field, item.error_remedy) == (None, None, None)
    last = max(item.position for item in before.values())
    assert last < retried[0].position < retried[1].position
    others = set(order_ids) - {order_ids[1], order_ids[3]}
    assert all(after[id_].position == before[id_].position for id_ in others)


def test_only_the_failures_of_one_code_are_retried(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    flawed, draft = (
        new_orders(seller, 1, flawed=[0]),
        new_orders(seller, 1, prefix="D", status="draft"),
    )
    job_id = submit([*flawed, *draft])
    for order_id in (*flawed, *draft):
        create_invoice(str(job_id), order_id)
    assert state_of(job_id).status == "failed"

    selection = Selection(error_code="quantity_not_positive")
    assert job_control.retry_failed(seller.organization_id, job_id, clerk, selection)[0] == 1

    statuses = {id_: item.status for id_, item in items_of(seller, job_id).items()}
    assert statuses == {flawed[0]: "pending", draft[0]: "failed"}
    correct_order(seller.organization_id, flawed[0])
    create_invoice(str(job_id), flawed[0])
    assert state_of(job_id).status == "completed"
    assert wrong_in_books(seller.organization_id) == {}


def test_one_order_can_go_first_as_a_canary(
    seller: Account, order_ids: list[int], ended_job: UUID, clerk: Author
) -> None:
    selection = Selection(limit=1)

    assert job_control.retry_failed(seller.organization_id, ended_job, clerk, selection)[0] == 1

    items = items_of(seller, ended_job)
    assert (items[order_ids[1]].status, items[order_ids[3]].status) == ("pending", "failed")


def test_the_failures_of_a_running_job_can_be_retried(
    seller: Account, order_ids: list[int], submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[1])
    assert (state_of(job_id).status, state_of(job_id).failed_items) == ("processing", 1)

    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    assert (state_of(job_id).status, state_of(job_id).pending_items) == ("processing", 6)
    assert wrong_in_books(seller.organization_id) == {}


@pytest.mark.parametrize(("act", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_paused_or_cancelled_job_refuses_a_retry_and_stays_as_it_is(
    seller: Account,
    order_ids: list[int],
    submit: Submit,
    state_of: StateOf,
    clerk: Author,
    act: str,
    status: str,
) -> None:
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[1])
    getattr(job_control, act)(seller.organization_id, job_id, clerk)
    before = state_of(job_id), {id_: i.status for id_, i in items_of(seller, job_id).items()}

    with pytest.raises(ForbiddenTransition, match=status):
        job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    after = state_of(job_id), {id_: i.status for id_, i in items_of(seller, job_id).items()}
    assert after == before
    if act == "cancel":
        assert sorted(before[1].values()) == ["cancelled"] * 5 + ["failed"]
    assert wrong_in_books(seller.organization_id) == {}


def test_a_job_without_failures_has_nothing_to_retry(
    seller: Account, submit: Submit, clerk: Author
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    create_invoice(str(job_id), order_id)
    before = job_of(seller, job_id)

    with pytest.raises(ForbiddenTransition, match="completed"):
        job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    assert job_of(seller, job_id).status == before.status == "completed"
    assert job_of(seller, job_id).revision == before.revision


def test_a_retry_is_in_the_audit_log_with_its_selection(
    seller: Account, ended_job: UUID, clerk: Author
) -> None:
    selection = Selection(error_code="quantity_not_positive")
    job_control.retry_failed(seller.organization_id, ended_job, clerk, selection)

    with org_transaction(seller.organization_id) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "job.retried")).one()
    assert (entry.user_id, entry.batch_job_id) == (seller.user_id, ended_job)
    assert entry.source_address == clerk.source_address
    assert entry.details == {"orders": 2, "error_code": "quantity_not_positive"}


def test_a_job_that_does_not_exist_cannot_be_retried(seller: Account, clerk: Author) -> None:
    with pytest.raises(NotFound):
        job_control.retry_failed(seller.organization_id, UUID(int=7), clerk, Selection())
