"""A fault of the environment counts against no order: the orders wait and go on automatically."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import dramatiq
import psycopg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from actors import dispatch
from actors.create_invoice import create_invoice
from actors.postponing import Postponed
from models import planner
from models.database import NO_IDLE_LIMIT, org_transaction, owner_transaction
from models.jobs import claims
from models.jobs.claims import MAX_ATTEMPTS
from models.jobs.published_state import JobState
from models.planner import group_transaction
from tests.jobs.books import wrong_in_books
from tests.jobs.fault_kinds import PASSING, Faulty, raised_as
from tests.jobs.items import item_of, sequences
from tests.records import Account, new_orders
from tests.waiting import wait_for
from web.embedded.postgres.server import APPLICATION

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]

pytestmark = pytest.mark.usefixtures("short_backoff")
# More often than an order may be attempted.
OFTEN = MAX_ATTEMPTS + 3
SURROUNDINGS = {
    **PASSING,
    "read-only": raised_as("25006"),
    "revoked right": raised_as("42501"),
    "missing column": raised_as("42703"),
    "input or output error": raised_as("58030"),
    "damaged data": raised_as("XX001"),
    "an extension's error": raised_as("ZZ123"),
}


def test_a_claim_with_an_unconfirmed_commit_counts_against_no_order(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    create_invoice(str(job_id), 0)  # the job is under way

    @contextmanager
    def lose_the_answer(organization_id: int) -> Iterator[Session]:
        with group_transaction(organization_id) as session:
            yield session
        lost = psycopg.OperationalError("server closed the connection unexpectedly")
        raise OperationalError(None, None, lost, connection_invalidated=True)

    with monkeypatch.context() as losing:
        losing.setattr(claims, "group_transaction", lose_the_answer)
        with pytest.raises(Postponed):
            create_invoice(str(job_id), order_id)
    assert item_of(seller, job_id, order_id).attempts == 1  # it was committed
    create_invoice(str(job_id), order_id)

    item = item_of(seller, job_id, order_id)
    assert (item.status, item.attempts) == ("succeeded", 1)


@pytest.mark.parametrize("fault", SURROUNDINGS)
def test_a_fault_that_keeps_recurring_counts_against_no_order(
    seller: Account, submit: Submit, state_of: StateOf, meet: Callable[..., Faulty], fault: str
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    meet(SURROUNDINGS[fault], times=OFTEN)

    for _ in range(OFTEN):
        with pytest.raises(Postponed):
            create_invoice(str(job_id), order_id)
        item = item_of(seller, job_id, order_id)
        assert (item.status, item.attempts, item.error_code) == ("pending", 0, None)
    state = state_of(job_id)
    assert (state.status, state.pending_items, state.failed_items) == ("processing", 1, 0)
    assert sequences(seller) == []
    assert wrong_in_books(seller.organization_id) == {}
    create_invoice(str(job_id), order_id)

    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("completed", 1)
    assert sequences(seller) == [1]
    assert wrong_in_books(seller.organization_id) == {}


def test_a_lasting_fault_does_not_count_against_an_order_whose_worker_died_before(
    seller: Account, submit: Submit, meet: Callable[..., Faulty]
) -> None:
    """A worker died with the order, and then the disk stays full for a long time."""
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    claims.claim(seller.organization_id, job_id, [order_id])
    meet(raised_as("53100"), times=OFTEN)

    for _ in range(OFTEN):
        with pytest.raises(Postponed):
            create_invoice(str(job_id), order_id)
        assert item_of(seller, job_id, order_id).attempts == 1
    create_invoice(str(job_id), order_id)

    assert sequences(seller) == [1]


def refuse(*_: object) -> None:
    raise OperationalError("made for a test", {}, Exception("read-only"))


def test_an_attempt_that_could_not_be_released_is_released_before_the_next_claim(
    seller: Account,
    submit: Submit,
    meet: Callable[..., Faulty],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])

    take_back = claims._take_back

    def become_read_only(session: Session) -> None:
        monkeypatch.setattr(claims, "_take_back", refuse)
        raised_as("25006")(session)

    met = meet(become_read_only, times=OFTEN)
    for n in range(OFTEN):
        with pytest.raises(Postponed):
            create_invoice(str(job_id), order_id)
        assert (met.met, item_of(seller, job_id, order_id).attempts) == (n + 1, 1)
        with pytest.raises(Postponed):  # the pending release still fails: nothing is claimed
            create_invoice(str(job_id), order_id)
        assert (met.met, item_of(seller, job_id, order_id).attempts) == (n + 1, 1)
        monkeypatch.setattr(claims, "_take_back", take_back)
    create_invoice(str(job_id), order_id)

    assert sequences(seller) == [1]
    assert item_of(seller, job_id, order_id).attempts == 1


def test_a_worker_releases_its_remaining_attempts_when_it_stops(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    claimed = claims.claim(seller.organization_id, job_id, [order_id])
    assert claimed.started is not None
    with monkeypatch.context() as read_only_database:
        read_only_database.setattr(claims, "_take_back", refuse)
        claims.release(seller.organization_id, job_id, claimed.fresh, [order_id])
        assert item_of(seller, job_id, order_id).attempts == 1

    claims.release_all()

    assert item_of(seller, job_id, order_id).attempts == 0


@contextmanager
def series_locked(seller: Account) -> Iterator[None]:
    with org_transaction(seller.organization_id, settings=NO_IDLE_LIMIT) as session:
        session.execute(text("SELECT 1 FROM number_series FOR UPDATE"))
        yield


@contextmanager
def right_revoked(_: Account) -> Iterator[None]:
    with owner_transaction() as session:
        session.execute(text(f"REVOKE INSERT ON invoices FROM {APPLICATION}"))
    yield
    with owner_transaction() as session:
        session.execute(text(f"GRANT INSERT ON invoices TO {APPLICATION}"))


@contextmanager
def read_only(_: Account) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        settings = planner.GROUP | {"transaction_read_only": "on"}
        patched.setattr(planner, "GROUP", settings)
        yield


@pytest.mark.parametrize("trouble", [series_locked, right_revoked, read_only])
def test_orders_wait_while_a_fault_lasts_and_go_on_automatically(
    seller: Account,
    submit: Submit,
    end_of: StateOf,
    worker: dramatiq.Worker,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[Account], Iterator[None]],
) -> None:
    first, *order_ids = new_orders(seller, 5, lines=1)
    create_invoice(str(submit([first])), first)
    job_id = submit(order_ids)
    impatient = planner.GROUP | {"lock_timeout": "20ms"}
    monkeypatch.setattr(planner, "GROUP", impatient)

    def was_tried_often() -> bool:
        retried = [r for r in caplog.records if r.getMessage().startswith("Retrying message")]
        return len(retried) > 2 * OFTEN * len(order_ids)

    with trouble(seller), caplog.at_level("INFO"):
        dispatch.start(seller.organization_id, job_id)
        wait_for(was_tried_often, 60)

    state = end_of(job_id)
    worker.join()
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 4, 0)
    assert sequences(seller) == list(range(1, 6))
    assert redis_client.zcard("dramatiq:invoices.XQ") == 0
    assert wrong_in_books(seller.organization_id) == {}
