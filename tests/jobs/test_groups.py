"""Orders that arrive at the same time share a commit; an order that causes a fault fails alone."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import pytest
from dramatiq.middleware import TimeLimitExceeded
from sqlalchemy import text

from actors import create_invoice as actor
from actors.create_invoice import create_invoice
from actors.postponing import Postponed
from models import planner
from models.database import NO_IDLE_LIMIT, new_engine, org_transaction
from models.invoicing.source import SourceOrder
from models.jobs import claims, run
from models.jobs.published_state import JobState
from models.jobs.run import Committed
from tests.jobs.books import wrong_in_books
from tests.jobs.fault_kinds import cut_connection, raised_as
from tests.jobs.items import item_of
from tests.records import Account, new_orders
from tests.waiting import wait_for
from web.embedded.free_port import free_port

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]


def work(seller: Account, job_id: UUID, order_ids: Sequence[int]) -> dict[int, Exception | None]:
    """Runs a group of these orders; returns the fault of each."""
    faults, report = actor._invoice_group(actor.Job(seller.organization_id, job_id), order_ids)
    actor._report(report)
    return faults


@pytest.fixture
def begun(seller: Account, submit: Submit) -> tuple[UUID, list[int]]:
    """A job of six orders whose first is invoiced, and the other five orders."""
    first, *others = new_orders(seller, 6, lines=1)
    job_id = submit([first, *others])
    create_invoice(str(job_id), first)
    return job_id, others


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Orders that make drafting raise, whatever other orders are in their group."""
    ids: set[int] = set()
    draft = run.draft_orders

    def stumble(orders: Iterable[SourceOrder], *others: Any) -> Any:
        found = list(orders)
        if any(order.id in ids for order in found):
            raise ArithmeticError("made for a test")
        return draft(found, *others)

    monkeypatch.setattr(run, "draft_orders", stumble)
    return ids


def test_orders_that_arrive_while_a_group_commits_share_the_next_commit(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 21, lines=1)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    before = state_of(job_id).revision
    threads = [
        threading.Thread(target=create_invoice, args=(str(job_id), order_id))
        for order_id in order_ids[1:]
    ]
    with org_transaction(seller.organization_id, settings=NO_IDLE_LIMIT) as session:
        session.execute(text("SELECT 1 FROM number_series FOR UPDATE"))
        threads[0].start()
        wait_for(lambda: waits_for_a_lock(seller))
        for thread in threads[1:]:
            thread.start()
        wait_for(lambda: in_line(seller, job_id) == 20)
    for thread in threads:
        thread.join(30)

    state = state_of(job_id)
    assert (state.status, state.successful_items) == ("completed", 21)
    assert state.revision == before + 2
    assert wrong_in_books(seller.organization_id) == {}


def waits_for_a_lock(seller: Account) -> bool:
    with org_transaction(seller.organization_id) as session:
        return bool(session.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")))


def in_line(seller: Account, job_id: UUID) -> int:
    return len(actor.groups._queues.get((seller.organization_id, job_id), ()))


def test_only_the_faulty_order_of_a_group_fails(
    seller: Account, submit: Submit, state_of: StateOf, poisonous: set[int]
) -> None:
    order_ids = new_orders(seller, 12, flawed=[3], lines=1)
    faulty = order_ids[7]
    poisonous.add(faulty)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])

    faults = work(seller, job_id, order_ids[1:])

    assert set(faults.values()) == {None}
    assert item_of(seller, job_id, faulty).error_code == "unexpected_error"
    assert item_of(seller, job_id, order_ids[3]).error_code == "quantity_not_positive"
    state = state_of(job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 10, 2)
    assert wrong_in_books(seller.organization_id) == {}


def test_after_a_deadlock_a_group_is_invoiced_order_by_order(
    seller: Account,
    begun: tuple[UUID, list[int]],
    state_of: StateOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, order_ids = begun
    write = run.write_invoices

    def deadlock(session: Any, issue: Any, drafts: Sequence[Any]) -> Any:
        if len(drafts) > 1:
            raised_as("40P01")(session)
        return write(session, issue, drafts)

    monkeypatch.setattr(run, "write_invoices", deadlock)
    faults = work(seller, job_id, order_ids)

    assert set(faults.values()) == {None}
    assert state_of(job_id).successful_items == 6
    assert wrong_in_books(seller.organization_id) == {}


def test_when_the_connection_is_cut_no_further_order_is_tried_and_all_are_postponed(
    seller: Account,
    begun: tuple[UUID, list[int]],
    state_of: StateOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, order_ids = begun
    tried: list[int] = []
    write = run.write_invoices

    def hang_up(session: Any, issue: Any, drafts: Sequence[Any]) -> Any:
        tried.append(len(drafts))
        cut_connection(session)

    monkeypatch.setattr(run, "write_invoices", hang_up)
    faults = work(seller, job_id, order_ids)
    assert tried == [5]
    assert all(isinstance(fault, Postponed) for fault in faults.values())

    monkeypatch.setattr(run, "write_invoices", write)
    for order_id in order_ids:
        create_invoice(str(job_id), order_id)
    assert state_of(job_id).successful_items == 6
    assert wrong_in_books(seller.organization_id) == {}


def test_when_the_database_is_unreachable_no_further_order_is_tried_and_all_are_postponed(
    seller: Account,
    begun: tuple[UUID, list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, order_ids = begun
    tried: list[int] = []

    def refuse(_org: int, _job: UUID, ids: Sequence[int], *_: object) -> None:
        tried.append(len(ids))
        new_engine(f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere").connect()

    monkeypatch.setattr(actor, "run_items", refuse)
    faults = work(seller, job_id, order_ids)

    assert tried == [5]
    assert all(isinstance(fault, Postponed) for fault in faults.values())
    assert [item_of(seller, job_id, id_).attempts for id_ in order_ids] == [0] * 5


def test_a_row_locked_for_too_long_postpones_the_group_and_counts_no_attempt(
    seller: Account,
    begun: tuple[UUID, list[int]],
    state_of: StateOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, order_ids = begun
    impatient = planner.GROUP | {"lock_timeout": "100ms"}
    monkeypatch.setattr(planner, "GROUP", impatient)

    with org_transaction(seller.organization_id) as session:
        session.execute(text("SELECT 1 FROM number_series FOR UPDATE"))
        faults = work(seller, job_id, order_ids)

    assert all(isinstance(fault, Postponed) for fault in faults.values())
    assert [item_of(seller, job_id, id_).attempts for id_ in order_ids] == [0] * 5
    assert set(work(seller, job_id, order_ids).values()) == {None}
    assert state_of(job_id).successful_items == 6


def test_a_time_limit_keeps_no_message_of_a_commit_before_it(
    seller: Account, begun: tuple[UUID, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group's orders are invoiced one by one, and the time limit strikes after the first."""
    job_id, order_ids = begun
    sent: list[Committed] = []
    invoice = actor._invoice_or_fail

    def strike(job: actor.Job, order_id: int) -> Committed | None:
        if order_id != order_ids[0]:
            raise TimeLimitExceeded
        return invoice(job, order_id)

    claimed = claims.claim(seller.organization_id, job_id, order_ids)
    monkeypatch.setattr(actor, "_invoice_or_fail", strike)
    monkeypatch.setattr(actor, "_send", sent.append)
    with pytest.raises(TimeLimitExceeded):
        actor._invoice_one_by_one(actor.Job(seller.organization_id, job_id), claimed.fresh)

    assert [committed.state.successful_items for committed in sent] == [2]
