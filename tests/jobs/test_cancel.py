"""Cancel keeps committed invoices, ends all other orders, and the counters add up."""

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import dramatiq
import pytest
from sqlalchemy import func, select

from actors import dispatch, job_control
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import ForbiddenTransition
from models.invoices.writer import IssuedInvoice
from models.jobs import run, status_updates
from models.jobs.published_state import JobState
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice, NumberSeries
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]


def test_the_counters_of_a_job_cancelled_while_it_runs_add_up(
    seller: Account, submit: Submit, state_of: StateOf, worker: dramatiq.Worker
) -> None:
    job_id = submit(new_orders(seller, 300, lines=1))
    dispatch.start(seller.organization_id, job_id)
    wait_for(lambda: state_of(job_id).successful_items >= 10)

    job_control.cancel(seller.organization_id, job_id, Author(seller.user_id))

    state = state_of(job_id)
    worker.join()
    assert (state.status, state.ended) == ("cancelled", True)
    assert state.successful_items + state.cancelled_items == 300
    assert state_of(job_id) == state
    with org_transaction(seller.organization_id) as session:
        invoices = session.scalar(select(func.count()).select_from(Invoice))
        last = session.scalar(select(func.max(Invoice.sequence)))
        cancelled = session.scalar(select(func.count()).where(BatchJobItem.status == "cancelled"))
    assert invoices == last == state.successful_items
    assert cancelled == state.cancelled_items


def test_a_job_that_is_over_cannot_be_cancelled(seller: Account, submit: Submit) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    create_invoice(str(job_id), order_id)

    with pytest.raises(ForbiddenTransition, match="completed"):
        job_control.cancel(seller.organization_id, job_id, Author(seller.user_id))


def test_when_two_people_cancel_at_once_the_second_is_refused(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    job_id = submit(new_orders(seller, 50))
    refused: list[ForbiddenTransition] = []

    def press() -> None:
        try:
            job_control.cancel(seller.organization_id, job_id, Author(seller.user_id))
        except ForbiddenTransition as error:
            refused.append(error)

    people = [threading.Thread(target=press) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)

    assert len(refused) == 1
    assert "cancelled" in refused[0].message
    assert state_of(job_id).cancelled_items == 50


def test_a_cancel_during_a_groups_transaction_rolls_the_group_back(
    seller: Account, submit: Submit, state_of: StateOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = new_orders(seller, 2)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    write = run.write_invoices

    def cancelled_meanwhile(*args: Any) -> list[IssuedInvoice]:
        with org_transaction(seller.organization_id) as session:
            status_updates.cancel(session, job_id)
        return write(*args)

    monkeypatch.setattr(run, "write_invoices", cancelled_meanwhile)
    create_invoice(str(job_id), order_ids[1])

    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("cancelled", 1)
    with org_transaction(seller.organization_id) as session:
        assert session.scalars(select(Invoice.order_id)).all() == [order_ids[0]]
        assert session.scalar(select(NumberSeries.last_number)) == 1
