"""People pause, resume, reset, cancel or retry a job while workers process its orders."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from actors import job_control
from actors.create_invoice import create_invoice
from actors.postponing import Postponed
from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import ForbiddenTransition
from models.invoices.writer import IssuedInvoice
from models.jobs import claims, run
from models.jobs.cancel_and_retry import Selection
from models.jobs.published_state import JobState
from models.tables.audit_log import AuditEntry
from tests.jobs.books import invoice_count, wrong_in_books
from tests.jobs.concurrency import at_once
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
Write = Callable[..., list[IssuedInvoice]]


def acts_logged(account: Account, action: str) -> int:
    with org_transaction(account.organization_id) as session:
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        return session.scalar(entries) or 0


@pytest.mark.parametrize("act", ["cancel", "pause", "reset"])
def test_an_action_during_a_commit_leaves_no_order_half_done(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author, act: str
) -> None:
    for n in range(12):
        order_ids = new_orders(seller, 4, prefix=f"R{n}", flawed=[2], lines=1)
        job_id = submit(order_ids)
        create_invoice(str(job_id), order_ids[0])
        press = partial(getattr(job_control, act), seller.organization_id, job_id, clerk)
        deliver = [partial(create_invoice, str(job_id), order_id) for order_id in order_ids[1:]]

        outcomes = [out for out in at_once([*deliver, press]) if isinstance(out, BaseException)]
        # A reset job goes on: the messages of the groups that it undid are postponed.
        comes_again = Postponed if act == "reset" else ()
        refusals = [out for out in outcomes if not isinstance(out, comes_again)]

        assert all(isinstance(out, ForbiddenTransition) for out in refusals), refusals
        assert wrong_in_books(seller.organization_id) == {}
        state = state_of(job_id)
        if refusals:
            assert state.status == "completed"
        if act == "cancel" and not refusals:
            assert (state.status, state.pending_items) == ("cancelled", 0)


def test_the_messages_of_a_job_paused_and_resumed_during_a_groups_transaction_are_postponed(
    seller: Account, submit: Submit, clerk: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages that the resume sent found the orders locked, and are gone."""
    first, second = new_orders(seller, 2)
    job_id = submit([first, second])
    create_invoice(str(job_id), first)
    write = run.write_invoices

    def pressed_twice(*args: Any) -> list[IssuedInvoice]:
        written = write(*args)
        job_control.pause(seller.organization_id, job_id, clerk)
        return written

    monkeypatch.setattr(run, "write_invoices", pressed_twice)
    release = claims.release

    def resumed(*args: Any) -> None:
        job_control.resume(seller.organization_id, job_id, clerk)
        release(*args)

    monkeypatch.setattr(claims, "release", resumed)
    with pytest.raises(Postponed):
        create_invoice(str(job_id), second)
    monkeypatch.undo()

    create_invoice(str(job_id), second)
    assert invoice_count(seller.organization_id) == 2
    assert wrong_in_books(seller.organization_id) == {}


@pytest.mark.parametrize("act", ["pause", "reset"])
def test_a_pause_or_reset_during_a_groups_transaction_undoes_the_group_and_its_attempt(
    seller: Account,
    submit: Submit,
    state_of: StateOf,
    clerk: Author,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    first, second = new_orders(seller, 2)
    job_id = submit([first, second])
    create_invoice(str(job_id), first)
    write = run.write_invoices

    def pressed_meanwhile(*args: Any) -> list[IssuedInvoice]:
        written = write(*args)
        getattr(job_control, act)(seller.organization_id, job_id, clerk)
        return written

    monkeypatch.setattr(run, "write_invoices", pressed_meanwhile)
    for _ in range(7):
        with suppress(Postponed):
            create_invoice(str(job_id), second)
        assert invoice_count(seller.organization_id) == 1
        assert state_of(job_id).successful_items == 1
        if act == "pause":
            job_control.resume(seller.organization_id, job_id, clerk)
    monkeypatch.undo()

    create_invoice(str(job_id), second)

    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("completed", 2)
    assert wrong_in_books(seller.organization_id) == {}


def test_no_invoice_is_written_after_a_pause_has_returned(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    order_ids = new_orders(seller, 120, lines=1)
    job_id = submit(order_ids)
    after_pause = threading.Event()

    def deliver(thread: int) -> None:
        for order_id in order_ids[thread::6]:
            create_invoice(str(job_id), order_id)

    def pause() -> int:
        wait_for(lambda: state_of(job_id).successful_items >= 10)
        job_control.pause(seller.organization_id, job_id, clerk)
        counted = invoice_count(seller.organization_id)
        after_pause.set()
        return counted

    *delivered, counted = at_once([*(partial(deliver, thread) for thread in range(6)), pause])

    assert after_pause.is_set()
    assert delivered == [None] * 6
    assert invoice_count(seller.organization_id) == counted < 120
    assert wrong_in_books(seller.organization_id) == {}


@pytest.mark.parametrize(
    ("act", "done", "status"),
    [
        ("pause", "job.paused", "paused"),
        ("resume", "job.resumed", "processing"),
        ("cancel", "job.cancelled", "cancelled"),
        ("retry", "job.retried", "processing"),
    ],
)
def test_when_people_press_the_same_button_at_once_one_succeeds_and_the_others_see_the_status(
    seller: Account, submit: Submit, clerk: Author, act: str, done: str, status: str
) -> None:
    org = seller.organization_id
    for n in range(6):
        order_ids = new_orders(seller, 3, prefix=f"P{n}", flawed=[0])
        job_id = submit(order_ids)
        create_invoice(str(job_id), order_ids[0])
        if act == "resume":
            job_control.pause(org, job_id, clerk)
        press: partial[object] = (
            partial(job_control.retry_failed, org, job_id, clerk, Selection())
            if act == "retry"
            else partial(getattr(job_control, act), org, job_id, clerk)
        )

        outcomes = at_once([press] * 3)

        refused = [out for out in outcomes if isinstance(out, ForbiddenTransition)]
        assert len(refused) == 2, outcomes
        assert all(f"is {status}" in refusal.message for refusal in refused)
        (obeyed,) = (out for out in outcomes if out not in refused)
        assert not isinstance(obeyed, BaseException)
        assert acts_logged(seller, done) == n + 1
    assert wrong_in_books(org) == {}
