"""A job's reconciliation is counted from items and invoices, and reports wrong counters."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from models.accounts.audit import OPERATOR, record_act
from models.database import org_transaction, owner_transaction
from models.errors import NotFound
from models.invoices.single_invoice import invoice_order
from models.jobs import cancel_and_retry, status_updates
from models.jobs.claims import claim
from models.jobs.reconciliation import Outcome, reconcile
from models.jobs.refill import Window
from models.jobs.run import run_items
from models.jobs.submission import Submission, submit_orders
from tests.records import Account, new_account, new_orders
from tests.servers import Database

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def seller(database: Database) -> Account:
    return new_account()


def job_of(seller: Account, order_ids: Sequence[int], done: int) -> UUID:
    """A job whose first `done` orders have been processed."""
    submission = Submission(seller.user_id)
    job_id = submit_orders(seller.organization_id, order_ids, submission).job_id
    claim(seller.organization_id, job_id, order_ids[:done])
    run_items(seller.organization_id, job_id, order_ids[:done], Window(0))
    return job_id


def as_owner(statement: str, **parameters: object) -> None:
    with owner_transaction() as session:
        session.execute(text(statement), parameters)


def plain(outcome: Outcome) -> dict[str, tuple[object, ...]]:
    """Orders, net, tax and gross by currency."""
    return {
        money.currency: (money.count, str(money.net), str(money.tax), str(money.gross))
        for money in outcome.money
    }


def test_the_requested_total_is_the_sum_of_all_outcomes(seller: Account) -> None:
    order_ids = new_orders(seller, 8, flawed=[1, 2])
    as_owner("UPDATE orders SET currency = 'JPY' WHERE id = :id", id=order_ids[3])
    as_owner("UPDATE orders SET currency = 'ZZZ' WHERE id = ANY(:ids)", ids=order_ids[4:6])
    found = reconcile(seller.organization_id, job_of(seller, order_ids, 5))
    # An order costs 10 + 20, a flawed one 0 + 20; at 19 %.
    assert plain(found.invoiced) == {
        "EUR": (1, "30.00", "5.70", "35.70"), "JPY": (1, "30", "6", "36")
    }  # fmt: skip
    assert plain(found.failed) == {"EUR": (2, "40.00", "7.60", "47.60")}
    assert plain(found.pending) == {"EUR": (2, "60.00", "11.40", "71.40")}
    assert plain(found.asked_for) == {
        "EUR": (5, "130.00", "24.70", "154.70"), "JPY": (1, "30", "6", "36")
    }  # fmt: skip
    counts = {name: (one.count, one.unknown) for name, one in found.outcomes.items()}
    assert counts == {"invoiced": (2, 0), "failed": (3, 1), "cancelled": (0, 0), "pending": (3, 1)}
    assert (found.asked_for.count, found.asked_for.unknown) == (8, 2)
    assert found.agrees
    assert found.created_by == seller.email
    assert found.seconds is None


def test_cancelled_orders_keep_their_money(seller: Account) -> None:
    job_id = job_of(seller, new_orders(seller, 5), 2)
    with org_transaction(seller.organization_id) as session:
        status_updates.cancel(session, job_id)
    halfway = reconcile(seller.organization_id, job_id)
    assert (halfway.pending.count, halfway.agrees) == (3, True)
    with org_transaction(seller.organization_id) as session:
        count = cancel_and_retry.cancel_open_items(session, job_id, limit=10)
        status_updates.record_cancelled(session, job_id, count)
    found = reconcile(seller.organization_id, job_id)
    assert plain(found.cancelled) == {"EUR": (3, "90.00", "17.10", "107.10")}
    assert found.agrees
    assert found.seconds is not None


def test_amounts_are_exact_however_many_there_are(seller: Account) -> None:
    order_ids = new_orders(seller, 3, flawed=[0, 1, 2])
    as_owner("UPDATE order_lines SET unit_price = 1234567890.01, quantity = 1000000000")
    as_owner("UPDATE order_lines SET discount_percent = 120 WHERE line_number = 2")
    as_owner("UPDATE order_lines SET quantity = 12345678901.01 WHERE line_number = 1")
    found = reconcile(seller.organization_id, job_of(seller, order_ids, 3))
    (money,) = found.failed.money
    # 1234567890.01 x (12345678901.01 - 0.2 x 1000000000), rounded, three times
    assert money.net == 3 * Decimal("14994665173558891357.91")


def test_the_range_of_numbers_and_a_series_without_holes(seller: Account) -> None:
    first, *order_ids = new_orders(seller, 6)
    invoice_order(seller.organization_id, seller.user_id, first)
    job_id = job_of(seller, order_ids, 4)
    invoice_order(seller.organization_id, seller.user_id, order_ids[-1])
    (numbers,) = reconcile(seller.organization_id, job_id).numbers
    assert numbers.own.first.endswith("-000002")
    assert numbers.own.last.endswith("-000005")
    assert (numbers.own.count, numbers.series_count, numbers.without_holes) == (4, 6, True)


def test_a_number_that_no_invoice_has_is_a_hole(seller: Account) -> None:
    job_id = job_of(seller, new_orders(seller, 2), 2)
    as_owner("UPDATE number_series SET last_number = last_number + 1")
    (numbers,) = reconcile(seller.organization_id, job_id).numbers
    assert not numbers.without_holes


def test_retries_and_duplicate_deliveries_are_counted(seller: Account) -> None:
    order_ids = new_orders(seller, 4)
    job_id = job_of(seller, order_ids, 3)
    claim(seller.organization_id, job_id, order_ids[:2])  # a duplicate delivery
    claim(seller.organization_id, job_id, order_ids[:1])
    as_owner("UPDATE batch_job_items SET attempts = 3 WHERE order_id = :id", id=order_ids[0])
    with org_transaction(seller.organization_id) as session:
        for orders in (2, 5):
            record_act(session, seller.organization_id, OPERATOR, "job.retried", job_id=job_id,
                       orders=orders)  # fmt: skip
    found = reconcile(seller.organization_id, job_id)
    assert (found.duplicate_deliveries, found.retries, found.retried_orders) == (3, 2, 7)


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ("UPDATE batch_job_queue SET failed_items = failed_items - 1", "1 failed, its items say 2"),
        ("UPDATE batch_job_queue SET total_items = 5", "5 orders in total, its items say 4"),
        (
            "UPDATE batch_job_items SET status = 'pending', error_code = NULL "
            "WHERE status = 'failed'",
            "2 orders wait",
        ),
        (
            "UPDATE batch_job_items SET status = 'cancelled', invoice_id = NULL "
            "WHERE status = 'succeeded'",
            "2 invoices name this job, but 0",
        ),
        (
            "UPDATE batch_job_items a SET invoice_id = b.invoice_id FROM batch_job_items b "
            "WHERE b.status = 'succeeded' AND a.status = 'succeeded' AND a.order_id <> b.order_id",
            "2 items are invoiced, but 0 of their invoices name the same job and order",
        ),
    ],
    ids=["a counter", "the total", "the status", "the invoices", "swapped invoices"],
)
def test_a_difference_between_items_invoices_and_counters_is_reported(
    seller: Account, lie: str, told: str
) -> None:
    job_id = job_of(seller, new_orders(seller, 4, flawed=[0, 2]), 4)
    assert reconcile(seller.organization_id, job_id).differences == ()
    as_owner(lie)
    found = reconcile(seller.organization_id, job_id)
    assert not found.agrees
    assert told in " ".join(found.differences)


def test_another_organisations_job_is_not_found(seller: Account) -> None:
    job_id = job_of(seller, new_orders(seller, 1), 1)
    with pytest.raises(NotFound):
        reconcile(new_account("beta").organization_id, job_id)
