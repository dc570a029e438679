"""An order is given up after a number of attempts, and its neighbours go on."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from actors.create_invoice import create_invoice
from models.jobs import claims
from models.jobs.claims import MAX_ATTEMPTS
from models.jobs.published_state import JobState
from tests.jobs.books import wrong_in_books
from tests.jobs.items import item_of
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]

pytestmark = pytest.mark.usefixtures("short_backoff")


def test_an_order_that_keeps_killing_its_worker_is_given_up_and_its_neighbours_are_not(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    org = seller.organization_id
    order_ids = new_orders(seller, 4)
    deadly, *neighbours = order_ids
    job_id = submit(order_ids)

    # A worker claims all four and dies. The messages come back, the deadly one first, and it
    # kills the worker each time.
    assert set(claims.claim(org, job_id, order_ids).fresh.order_ids) == set(order_ids)
    for attempt in range(2, MAX_ATTEMPTS + 1):
        claimed = claims.claim(org, job_id, order_ids)
        assert (list(claimed.fresh.order_ids), set(claimed.repeated)) == ([], set(order_ids))
        again = claims.claim_again(org, job_id, deadly)
        assert again is not None
        assert (again.attempt, again.is_one_too_many) == (attempt, False)

    assert [item_of(seller, job_id, id_).attempts for id_ in neighbours] == [1, 1, 1]
    for order_id in order_ids:
        create_invoice(str(job_id), order_id)

    item = item_of(seller, job_id, deadly)
    assert item.error_code == "gave_up_after_retries"
    assert str(MAX_ATTEMPTS) in (item.error_message or "")
    state = state_of(job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 3, 1)
    assert wrong_in_books(org) == {}


def test_an_order_still_gets_its_invoice_in_the_last_attempt_allowed(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    (order_id,) = new_orders(seller, 1)
    job_id = submit([order_id])
    claims.claim(seller.organization_id, job_id, [order_id])
    for _ in range(MAX_ATTEMPTS - 2):
        claims.claim_again(seller.organization_id, job_id, order_id)

    create_invoice(str(job_id), order_id)

    assert item_of(seller, job_id, order_id).attempts == MAX_ATTEMPTS
    assert state_of(job_id).successful_items == 1
