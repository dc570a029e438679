"""A new job may contain orders that another job is invoicing at the moment."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import select

from actors import dispatch, window_size
from models.database import org_transaction
from models.jobs.claims import claim
from models.jobs.refill import Window
from models.jobs.run import run_items
from models.orders.loading import load_orders
from models.tables.invoice import Invoice
from tests.jobs.concurrency import at_once
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]


def test_a_submit_does_not_wait_for_orders_that_are_being_invoiced(
    seller: Account, submit: Submit
) -> None:
    orders = new_orders(seller, 3)
    stored = threading.Event()

    def submit_again() -> None:
        submit(orders)
        stored.set()

    with org_transaction(seller.organization_id) as session:
        load_orders(session, orders, lock=True)
        clerk = threading.Thread(target=submit_again)
        clerk.start()
        was_stored = stored.wait(10)
    clerk.join(10)

    assert was_stored


def test_invoice_ids_grow_with_their_numbers(seller: Account, submit: Submit) -> None:
    orders = new_orders(seller, 40)
    job_id = submit(orders)
    claim(seller.organization_id, job_id, orders)
    groups = [orders[place : place + 4] for place in range(0, 40, 4)]
    at_once(
        [partial(run_items, seller.organization_id, job_id, group, Window(0)) for group in groups]
    )

    with org_transaction(seller.organization_id) as session:
        sequences = session.scalars(select(Invoice.sequence).order_by(Invoice.id)).all()
    assert sequences == list(range(1, 41))


def test_groups_that_end_at_the_same_time_each_see_the_window_that_the_others_left(
    seller: Account, submit: Submit
) -> None:
    """Otherwise each group would leave the next messages to another, and none would send them."""
    orders = new_orders(seller, 16)
    job_id = submit(orders)
    dispatch.start(seller.organization_id, job_id)
    claim(seller.organization_id, job_id, orders)
    seen: list[int] = []

    class Shrinking(Window):
        def to_send(self, size: int, ended: int) -> int:
            seen.append(size)
            return super().to_send(size, ended)

    groups = [orders[place : place + 4] for place in range(0, 16, 4)]
    at_once(
        [
            partial(run_items, seller.organization_id, job_id, group, Shrinking(0))
            for group in groups
        ]
    )

    first = window_size.FIRST_WINDOW
    assert sorted(seen, reverse=True) == [first, first - 4, first - 8, first - 12]
