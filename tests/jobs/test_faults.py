"""An order is retried while a temporary fault lasts; any other fault is reported once.

test_environment_faults.py tests which faults are temporary, and that they count against no order.
"""

import logging
import re
from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
import psycopg
import pytest
import redis
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from actors import dispatch
from actors.create_invoice import create_invoice
from actors.postponing import may_pass
from models.jobs.published_state import JobState
from tests.jobs.books import wrong_in_books
from tests.jobs.fault_kinds import PASSING, Faulty, raised_as
from tests.jobs.items import item_of, sequences
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]

pytestmark = pytest.mark.usefixtures("short_backoff")
QUEUE = "dramatiq:invoices"


@pytest.mark.parametrize("fault", ["deadlock", "lost connection", "statement timeout"])
def test_every_order_has_one_invoice_after_a_temporary_fault(
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


def test_a_pool_timeout_is_a_temporary_fault() -> None:
    assert may_pass(PoolTimeout())


def test_a_closed_connection_is_a_temporary_fault_whatever_the_driver_calls_it() -> None:
    closed = psycopg.InterfaceError("the connection is closed")
    assert may_pass(IntegrityError("", {}, closed, connection_invalidated=True))
    assert not may_pass(IntegrityError("", {}, psycopg.errors.UniqueViolation("twice")))


def test_a_flawed_order_is_not_tried_again_automatically(
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
