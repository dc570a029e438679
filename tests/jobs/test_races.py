"""People, workers and sweeps that act at the same moment leave consistent data."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import redis
from sqlalchemy import select, text

from actors import job_control, lost_messages
from actors.create_invoice import create_invoice
from actors.sweep import SweepReport, sweep
from models.accounts.audit import Author
from models.database import org_transaction
from models.invoices.writer import IssuedInvoice
from models.jobs import claims, status_updates
from models.jobs.cancel_and_retry import Selection
from models.jobs.claims import Claim
from models.jobs.published_state import JobState
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from tests.jobs.books import invoice_count, wrong_in_books
from tests.jobs.concurrency import at_once
from tests.jobs.order_correction import correct_order
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int]], UUID]
StateOf = Callable[[UUID], JobState]
Write = Callable[..., list[IssuedInvoice]]


def test_twenty_threads_on_three_jobs_with_overlapping_orders_make_one_invoice_per_order(
    seller: Account, submit: Submit, state_of: StateOf
) -> None:
    order_ids = new_orders(seller, 30, flawed=[3, 17], lines=1)
    parts = [order_ids[:20], order_ids[10:], order_ids[5:25]]
    jobs = [submit(part) for part in parts]

    def deliver(thread: int) -> None:
        job_id, part = jobs[thread % 3], parts[thread % 3]
        for order_id in part[thread:] + part[:thread]:
            create_invoice(str(job_id), order_id)

    outcomes = at_once([partial(deliver, thread) for thread in range(20)])

    assert outcomes == [None] * 20
    assert wrong_in_books(seller.organization_id) == {}
    assert invoice_count(seller.organization_id) == 28
    assert all(state_of(job_id).ended for job_id in jobs)
    with org_transaction(seller.organization_id) as session:
        codes = set(session.scalars(select(BatchJobItem.error_code)))
    assert codes == {None, "already_invoiced", "quantity_not_positive"}


def test_two_sweeps_at_once_send_each_lost_message_once(
    seller: Account, submit: Submit, redis_client: redis.Redis
) -> None:
    for n in range(4):
        submit(new_orders(seller, 5, prefix=f"S{n}"))

    for _ in range(5):
        redis_client.flushall()
        reports = at_once([sweep, sweep, sweep])
        ran = [report for report in reports if isinstance(report, SweepReport) and report.ran]
        assert len(ran) >= 1
        assert all(isinstance(report, SweepReport) for report in reports)
        assert redis_client.llen("dramatiq:invoices") == 20


def test_a_message_is_not_lost_when_another_message_starts_its_job_first(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = new_orders(seller, 3)
    job_id = submit(order_ids)
    count = claims._count

    def overtaken(*args: Any) -> Claim:
        found = count(*args)
        with org_transaction(seller.organization_id) as session:
            status_updates.start(session, job_id)
        return found

    monkeypatch.setattr(claims, "_count", overtaken)
    claimed = claims.claim(seller.organization_id, job_id, order_ids)

    assert set(claimed.fresh.order_ids) == set(order_ids)


def test_concurrent_retries_of_different_orders_all_get_a_position(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    for n in range(8):
        order_ids = new_orders(seller, 6, prefix=f"L{n}", flawed=range(6))
        job_id = submit(order_ids)
        for order_id in order_ids:
            create_invoice(str(job_id), order_id)

        outcomes = at_once(
            [
                partial(
                    job_control.retry_failed,
                    seller.organization_id,
                    job_id,
                    clerk,
                    Selection(order_ids=[order_id]),
                )
                for order_id in order_ids
            ]
        )

        assert [count for count, _job in outcomes] == [1] * 6
        assert (state_of(job_id).status, state_of(job_id).pending_items) == ("processing", 6)
        assert wrong_in_books(seller.organization_id) == {}


def test_a_retry_during_an_import_that_corrects_the_order_sees_all_of_the_correction(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    (order_id,) = new_orders(seller, 1, flawed=[0])
    with org_transaction(seller.organization_id) as session:
        session.execute(text("UPDATE orders SET buyer_name = ''"))
    job_id = submit([order_id])
    create_invoice(str(job_id), order_id)
    assert state_of(job_id).failed_items == 1
    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())
    delivery = threading.Thread(target=create_invoice, args=(str(job_id), order_id))

    with org_transaction(seller.organization_id) as session:
        session.execute(CORRECTED_ORDER)
        delivery.start()
        wait_for(lambda: waits_for_a_lock(seller), 10)
        session.execute(text("DELETE FROM order_lines"))
        session.execute(CORRECTED_LINE, {"org": seller.organization_id, "id": order_id})
    delivery.join(30)

    assert (state_of(job_id).status, state_of(job_id).successful_items) == ("completed", 1)
    with org_transaction(seller.organization_id) as session:
        invoice = session.scalars(select(Invoice)).one()
    assert (invoice.buyer["name"], invoice.buyer["city"]) == ("Corrected AG", "Bonn")
    assert (str(invoice.order_date), invoice.net) == ("2026-03-02", 70)


def test_a_retry_at_the_same_time_as_a_correction_has_one_consistent_outcome(
    seller: Account, submit: Submit, state_of: StateOf, clerk: Author
) -> None:
    org = seller.organization_id
    for n in range(8):
        (order_id,) = new_orders(seller, 1, prefix=f"M{n}", flawed=[0])
        job_id = submit([order_id])
        create_invoice(str(job_id), order_id)

        def retry(job_id: UUID = job_id, order_id: int = order_id) -> None:
            job_control.retry_failed(org, job_id, clerk, Selection())
            create_invoice(str(job_id), order_id)

        assert at_once([retry, partial(correct_order, org, order_id)]) == [None, None]

        assert state_of(job_id).status in ("completed", "failed")
        assert wrong_in_books(org) == {}


CORRECTED_ORDER = text(
    "UPDATE orders SET order_date = '2026-03-02', buyer_name = 'Corrected AG', buyer_city = 'Bonn'"
)
CORRECTED_LINE = text(
    """
    INSERT INTO order_lines (organization_id, order_id, line_number, description, quantity,
                             unit_price, tax_category, tax_percent)
    VALUES (:org, :id, 1, 'Article 1', 7, 10, 'S', 19)
    """
)


def waits_for_a_lock(account: Account) -> bool:
    with org_transaction(account.organization_id) as session:
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
        return bool(session.scalar(text(waiting)))


def test_a_refill_after_a_retry_stays_within_the_window(
    seller: Account,
    submit: Submit,
    clerk: Author,
    redis_client: redis.Redis,
    set_window: Callable[[int], None],
) -> None:
    set_window(4)
    order_ids = new_orders(seller, 20, flawed=range(3))
    job_id = submit(order_ids)
    for order_id in order_ids[:3]:
        create_invoice(str(job_id), order_id)
    redis_client.flushall()
    lost_messages.send_lost(seller.organization_id, job_id)
    assert redis_client.llen("dramatiq:invoices") == 4

    job_control.retry_failed(seller.organization_id, job_id, clerk, Selection())

    assert redis_client.llen("dramatiq:invoices") == 4
