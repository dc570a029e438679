"""A fault that may pass is tried again until it has; one that will not pass is said once."""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import dramatiq
import psycopg
import pytest
import redis
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from actors import create_invoice as actor
from actors import dispatch
from actors.create_invoice import MAX_ATTEMPTS, create_invoice, may_pass
from models import job_run
from models.batch_job import BatchJobItem
from models.database import crossing_transaction, org_transaction
from models.invoice import Invoice
from models.invoice_writer import IssuedInvoice
from models.job_progress import JobState
from tests.jobs.books import wrong_in_books
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
QUEUE = "dramatiq:invoices"


def raised_as(sqlstate: str) -> Callable[[Session], None]:
    """Has PostgreSQL itself raise an error of this code."""
    block = f"DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '{sqlstate}'; END $$"
    return lambda session: session.execute(text(block)) and None


def cut_connection(session: Session) -> None:
    """The server ends the connection under the transaction, as when it is restarted."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with crossing_transaction("sweep") as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    session.scalar(text("SELECT 1"))


def run_out_of_time(session: Session) -> None:
    session.execute(text("SET LOCAL statement_timeout = 20"))
    session.execute(text("SELECT pg_sleep(5)"))


PASSING = {
    "deadlock": raised_as("40P01"),
    "serialization failure": raised_as("40001"),
    "lock timeout": raised_as("55P03"),
    "too many connections": raised_as("53300"),
    "disk full": raised_as("53100"),
    "shutdown": raised_as("57P01"),
    "lost connection": cut_connection,
    "statement timeout": run_out_of_time,
}


class Faulty:
    """In place of `write_invoices`: writes, then meets a fault, the first `times` times."""

    def __init__(self, fault: Callable[[Session], None], times: int = 1, order_id: int = 0) -> None:
        self.fault, self.left, self.order_id = fault, times, order_id
        self.write = job_run.write_invoices
        self.met = 0

    def __call__(self, session: Session, issue: Any, drafts: Sequence[Any]) -> list[IssuedInvoice]:
        written = self.write(session, issue, drafts)
        concerned = not self.order_id or self.order_id in [draft.order.id for draft in drafts]
        if drafts and concerned and self.left > 0:
            self.left -= 1
            self.met += 1
            self.fault(session)
        return written


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Faulty]:
    """Has the work on orders meet a fault."""

    def install(fault: Callable[[Session], None], **options: int) -> Faulty:
        faulty = Faulty(fault, **options)
        monkeypatch.setattr(job_run, "write_invoices", faulty)
        return faulty

    return install


@pytest.fixture(autouse=True)
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once, so that a test need not wait for them."""
    monkeypatch.setitem(create_invoice.options, "min_backoff", 1)
    monkeypatch.setitem(create_invoice.options, "max_backoff", 20)


def item_of(account: Account, job_id: UUID, order_id: int) -> BatchJobItem:
    with org_transaction(account.organization_id) as session:
        return session.get_one(BatchJobItem, (job_id, order_id))


def sequences(account: Account) -> Sequence[int]:
    with org_transaction(account.organization_id) as session:
        return session.scalars(select(Invoice.sequence).order_by(Invoice.sequence)).all()


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_may_pass_is_raised_and_records_nothing(
    seller: Account, submit: Submit, state_of: StateOf, meet: Callable[..., Faulty], fault: str
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    meet(PASSING[fault])

    with pytest.raises(OperationalError) as met:
        create_invoice(str(job_id), order_id)

    assert may_pass(met.value)
    state, item = state_of(job_id), item_of(seller, job_id, order_id)
    assert (state.status, state.pending_items, state.failed_items) == ("processing", 1, 0)
    assert (item.status, item.attempts, item.error_code) == ("pending", 1, None)
    assert sequences(seller) == []
    assert wrong_in_books(seller.organization_id) == {}


@pytest.mark.parametrize("fault", ["deadlock", "lost connection", "statement timeout"])
def test_after_a_fault_that_passed_every_order_has_one_invoice(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    meet: Callable[..., Faulty],
    worker: dramatiq.Worker,
    fault: str,
) -> None:
    order_ids = new_orders(seller, 8, lines=1)
    job_id = submit(order_ids)
    faulty = meet(PASSING[fault], times=3)

    dispatch.start(seller.organization_id, job_id)

    state = end_of(job_id)
    worker.join()
    assert faulty.met == 3
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 8, 0)
    assert sequences(seller) == list(range(1, 9))
    assert wrong_in_books(seller.organization_id) == {}


def test_waiting_for_a_connection_in_vain_may_pass() -> None:
    assert may_pass(PoolTimeout())


def test_a_connection_found_closed_may_pass_whatever_the_driver_calls_it() -> None:
    closed = psycopg.InterfaceError("the connection is closed")
    assert may_pass(IntegrityError("", {}, closed, connection_invalidated=True))
    assert not may_pass(IntegrityError("", {}, psycopg.errors.UniqueViolation("twice")))


def test_a_flawed_order_is_not_tried_again_by_itself(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    redis_client: redis.Redis,
) -> None:
    order_ids = new_orders(seller, 2, flawed=[0])
    job_id = submit(order_ids)
    dispatch.start(seller.organization_id, job_id)

    end_of(job_id)
    worker.join()

    item = item_of(seller, job_id, order_ids[0])
    assert (item.error_code, item.attempts) == ("quantity_not_positive", 1)
    wait_for(lambda: redis_client.hlen(f"{QUEUE}.msgs") == 0)
    assert redis_client.hlen(f"{QUEUE}.DQ.msgs") == 0


def test_an_unexpected_error_shows_a_reference_that_the_log_explains(
    seller: Account,
    submit: Submit,
    state_of: StateOf,
    meet: Callable[..., Faulty],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def burst(_: Session) -> None:
        raise RuntimeError("secret: the password is hunter2")

    first, second = new_orders(seller, 2)
    job_id = submit([first, second])
    meet(burst)

    with caplog.at_level(logging.ERROR):
        create_invoice(str(job_id), first)
    create_invoice(str(job_id), second)

    item = item_of(seller, job_id, first)
    assert item.error_code == "unexpected_error"
    found = re.search(r"\b[0-9a-f]{12}\b", item.error_message or "")
    assert found
    assert found[0] in (item.error_remedy or "")
    assert found[0] in caplog.text
    assert "hunter2" in caplog.text
    shown = f"{item.error_message} {item.error_remedy} {item.error_field}"
    assert not re.search(r"hunter2|RuntimeError|Traceback|\.py|SELECT|psycopg", shown)
    state = state_of(job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 1, 1)
    assert sequences(seller) == [1]


def test_a_row_that_postgresql_refuses_fails_its_order_without_showing_the_statement(
    seller: Account, submit: Submit, meet: Callable[..., Faulty]
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    meet(raised_as("23514"))

    create_invoice(str(job_id), order_id)

    item = item_of(seller, job_id, order_id)
    assert item.error_code == "unexpected_error"
    assert not re.search(r"made for a test|SQL|DO \$\$", f"{item.error_message}")
    assert wrong_in_books(seller.organization_id) == {}


def test_an_order_that_kills_its_worker_again_and_again_is_given_up_and_its_neighbours_are_not(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    org = seller.organization_id
    order_ids = new_orders(seller, 4)
    deadly, *neighbours = order_ids
    job_id = submit(order_ids)

    # A worker takes all four up and dies; the messages come back, the deadly one first, and each
    # time the worker dies with it.
    assert set(job_run.take_up(org, job_id, order_ids).fresh) == set(order_ids)
    for attempt in range(2, MAX_ATTEMPTS + 1):
        taken = job_run.take_up(org, job_id, order_ids)
        assert (list(taken.fresh), set(taken.repeated)) == ([], set(order_ids))
        assert job_run.count_attempt(org, job_id, deadly) == attempt

    assert [item_of(seller, job_id, id_).attempts for id_ in neighbours] == [1, 1, 1]
    for order_id in order_ids:
        create_invoice(str(job_id), order_id)

    item = item_of(seller, job_id, deadly)
    assert item.error_code == "gave_up_after_retries"
    assert str(MAX_ATTEMPTS) in (item.error_message or "")
    state = state_of(job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 3, 1)
    assert wrong_in_books(org) == {}


def test_an_order_that_was_begun_as_often_as_allowed_but_no_more_still_gets_its_invoice(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    job_run.take_up(seller.organization_id, job_id, [order_id])
    for _ in range(MAX_ATTEMPTS - 2):
        job_run.count_attempt(seller.organization_id, job_id, order_id)

    create_invoice(str(job_id), order_id)

    assert item_of(seller, job_id, order_id).attempts == MAX_ATTEMPTS
    assert state_of(job_id).successful_items == 1


def test_a_fault_that_never_passes_is_given_up_and_the_rest_completes(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    meet: Callable[..., Faulty],
    worker: dramatiq.Worker,
) -> None:
    order_ids = new_orders(seller, 6, lines=1)
    job_id = submit(order_ids)
    meet(PASSING["deadlock"], times=1_000, order_id=order_ids[2])

    dispatch.start(seller.organization_id, job_id)

    state = end_of(job_id)
    worker.join()
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 5, 1)
    item = item_of(seller, job_id, order_ids[2])
    assert (item.error_code, item.attempts) == ("gave_up_after_retries", MAX_ATTEMPTS + 1)
    assert actor.MAX_ATTEMPTS < 6, "the message must be tried once more than the order may be"
    assert sequences(seller) == [1, 2, 3, 4, 5]
