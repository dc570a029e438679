"""Finding the orders that wait in an open job."""

from collections.abc import Sequence
from uuid import UUID

from models.database import org_transaction
from models.jobs.claims import claim
from models.jobs.refill import Window
from models.jobs.run import run_items
from models.jobs.status_updates import cancel, pause
from models.jobs.submission import Submission, submit_orders
from models.jobs.waiting_orders import waiting_in_jobs
from tests.records import Account, new_account, new_orders


def submit(account: Account, orders: Sequence[int]) -> UUID:
    submission = Submission(account.user_id)
    return submit_orders(account.organization_id, orders, submission).job_id


def waiting(account: Account, orders: Sequence[int]) -> dict[int, UUID]:
    with org_transaction(account.organization_id) as session:
        return waiting_in_jobs(session, orders)


def test_orders_of_a_new_job_wait_in_it(seller: Account) -> None:
    free, *taken = new_orders(seller, 4)
    job_id = submit(seller, taken)
    assert waiting(seller, [free, *taken]) == dict.fromkeys(taken, job_id)
    assert waiting(seller, [free]) == {}
    assert waiting(seller, []) == {}


def test_the_earliest_of_several_jobs_is_named(seller: Account) -> None:
    orders = new_orders(seller, 2)
    earlier, later = submit(seller, orders[:1]), submit(seller, orders)
    assert waiting(seller, orders) == {orders[0]: earlier, orders[1]: later}


def test_an_order_that_has_ended_no_longer_waits_while_its_job_runs(seller: Account) -> None:
    orders = new_orders(seller, 3, flawed=[1])
    job_id = submit(seller, orders)
    claim(seller.organization_id, job_id, orders[:2])
    run_items(seller.organization_id, job_id, orders[:2], Window(0))
    assert waiting(seller, orders) == {orders[2]: job_id}


def test_orders_wait_in_a_paused_job_and_not_in_a_cancelled_one(seller: Account) -> None:
    orders = new_orders(seller, 1)
    job_id = submit(seller, orders)
    with org_transaction(seller.organization_id) as session:
        pause(session, job_id)
    assert waiting(seller, orders) == {orders[0]: job_id}
    with org_transaction(seller.organization_id) as session:
        cancel(session, job_id)
    assert waiting(seller, orders) == {}


def test_jobs_of_others_are_not_seen(seller: Account) -> None:
    other = new_account("beta")
    orders = new_orders(other, 1)
    submit(other, orders)
    assert waiting(seller, orders) == {}
