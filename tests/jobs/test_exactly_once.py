"""An order gets one invoice, however often and whenever its message is delivered."""

import threading
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from actors import job_control
from actors.create_invoice import create_invoice
from actors.postponing import Undeliverable
from models.accounts.audit import Author
from models.database import org_transaction
from models.jobs.published_state import JobState
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]


def invoices_of(account: Account) -> list[str]:
    with org_transaction(account.organization_id) as session:
        return list(session.scalars(select(Invoice.number).order_by(Invoice.sequence)))


def test_a_message_delivered_twice_makes_one_invoice(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    first, second = new_orders(seller, 2)
    job_id = submit([first, second])

    create_invoice(str(job_id), first)
    before = state_of(job_id)
    create_invoice(str(job_id), first)

    assert invoices_of(seller) == ["INV-2026-000001"]
    assert state_of(job_id) == before
    assert (before.status, before.successful_items) == ("processing", 1)


def test_twenty_deliveries_at_once_make_one_invoice_per_order(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 5)
    job_id = submit(order_ids)
    start = threading.Barrier(20)

    def deliver(place: int) -> None:
        start.wait()
        for order_id in order_ids[place % 5 :] + order_ids[: place % 5]:
            create_invoice(str(job_id), order_id)

    threads = [threading.Thread(target=deliver, args=(place,)) for place in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert invoices_of(seller) == [f"INV-2026-{n:06d}" for n in range(1, 6)]
    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("completed", 5)


def test_two_jobs_with_the_same_order_make_one_invoice_and_the_later_job_names_it(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    (order_id,) = new_orders(seller, 1)
    earlier, later = submit([order_id]), submit([order_id])

    create_invoice(str(earlier), order_id)
    create_invoice(str(later), order_id)

    with org_transaction(seller.organization_id) as session:
        item = session.get_one(BatchJobItem, (later, order_id))
    assert item.error_code == "already_invoiced"
    assert "INV-2026-000001" in (item.error_message or "")
    assert (state_of(earlier).status, state_of(later).status) == ("completed", "failed")


def test_a_message_delivered_after_a_cancel_changes_nothing(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 3)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    job_control.cancel(seller.organization_id, job_id, Author(seller.user_id))
    before = state_of(job_id)

    create_invoice(str(job_id), order_ids[1])

    assert state_of(job_id) == before
    assert (before.successful_items, before.cancelled_items, before.pending_items) == (1, 2, 0)
    assert len(invoices_of(seller)) == 1


@pytest.mark.usefixtures("seller")
def test_a_message_for_a_job_that_does_not_exist_cannot_be_delivered() -> None:
    with pytest.raises(Undeliverable, match="There is no batch job"):
        create_invoice(str(uuid4()), 1)


def test_a_flawed_order_fails_alone_and_says_why(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 3, flawed=[1])
    job_id = submit(order_ids)

    for order_id in order_ids:
        create_invoice(str(job_id), order_id)

    with org_transaction(seller.organization_id) as session:
        failed = session.scalars(select(BatchJobItem).where(BatchJobItem.status == "failed")).one()
        pending = session.scalar(select(func.count()).where(BatchJobItem.status == "pending"))
    assert (failed.order_id, failed.error_code) == (order_ids[1], "quantity_not_positive")
    assert (failed.error_field, bool(failed.error_remedy)) == ("lines[1].quantity", True)
    state = state_of(job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 2, 1)
    assert pending == 0


def test_a_job_without_any_invoice_ends_as_failed(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    (order_id,) = new_orders(seller, 1, flawed=[0])
    job_id = submit([order_id])

    create_invoice(str(job_id), order_id)

    state = state_of(job_id)
    assert (state.status, state.failed_items, state.ended) == ("failed", 1, True)


def test_two_jobs_that_run_at_once_on_the_same_orders_never_collide(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 12)
    jobs = [submit(order_ids), submit(order_ids)]
    start = threading.Barrier(8)

    def deliver(place: int) -> None:
        start.wait()
        for order_id in order_ids:
            create_invoice(str(jobs[place % 2]), order_id)

    threads = [threading.Thread(target=deliver, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    with org_transaction(seller.organization_id) as session:
        codes = set(session.scalars(select(BatchJobItem.error_code)))
    assert codes == {None, "already_invoiced"}
    assert len(invoices_of(seller)) == sum(state_of(job).successful_items for job in jobs) == 12
