"""The lists of batch jobs and items, and the results of a job."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.accounts.users import user_emails
from models.database import org_transaction, owner_transaction
from models.errors import InvalidRequest, NotFound
from models.jobs.claims import claim
from models.jobs.failed_orders import failures_by_code
from models.jobs.item_search import latest_failures, list_items
from models.jobs.refill import Window
from models.jobs.results import number_ranges, totals_by_currency
from models.jobs.run import run_items
from models.jobs.search import get_job, list_jobs
from models.jobs.submission import Submission, submit_orders
from models.lists.paging import Page
from models.tables.batch_job import BatchJob
from models.tables.order import Order, OrderLine
from tests.records import Account, new_account, new_orders
from tests.servers import Database

FLAWED = (3, 7, 8)
ORDERS = 12
JOBS = 5


@dataclass(frozen=True)
class Office:
    """An organisation with a half-finished job of 12 orders, and four waiting jobs."""

    seller: Account
    job_id: UUID
    orders: list[int]
    jobs: list[UUID]


@pytest.fixture(scope="module")
def office(shared_database: Database) -> Office:
    """Orders 3, 7 and 8 of the job failed for two reasons, two are in USD, 10 and 11 wait."""
    seller, other = new_account("alpha"), new_account("beta")
    orders = new_orders(seller, ORDERS, flawed=[3, 7])
    with owner_transaction() as session:
        session.execute(update(Order).where(Order.id.in_(orders[:2])).values(currency="USD"))
        lines = update(OrderLine).where(OrderLine.order_id == orders[8])
        session.execute(lines.values(discount_percent=101))
    job_id = submit_orders(seller.organization_id, orders, Submission(seller.user_id)).job_id
    claim(seller.organization_id, job_id, orders[:10])
    for part in (orders[:5], orders[5:10]):
        run_items(seller.organization_id, job_id, part, Window(0))
    waiting = [
        submit_orders(account.organization_id, ids, Submission(account.user_id)).job_id
        for account, ids in (
            *((seller, new_orders(seller, 1, prefix=f"B{n}")) for n in range(JOBS - 1)),
            (other, new_orders(other, 2)),
        )
    ]
    return Office(seller, job_id, orders, [job_id, *waiting[:-1]])


def paged(office: Office, read: Callable[[Session, str | None], Page[Any]]) -> list[Any]:
    """The items of all pages."""
    found: list[Any] = []
    cursor = None
    with org_transaction(office.seller.organization_id) as session:
        while True:
            page = read(session, cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


@settings(max_examples=10, deadline=None)
@given(limit=st.integers(1, JOBS + 1))
@example(limit=JOBS)
def test_paging_finds_each_job_once_newest_first(office: Office, limit: int) -> None:
    jobs = paged(office, lambda session, after: list_jobs(session, after=after, limit=limit))
    assert [job.id for job in jobs] == office.jobs[::-1]


def test_jobs_are_found_by_status(office: Office) -> None:
    running = paged(office, lambda session, _: list_jobs(session, status="processing"))
    assert [job.id for job in running] == [office.job_id]


@settings(max_examples=10, deadline=None)
@given(limit=st.integers(1, ORDERS + 1))
@example(limit=ORDERS)
def test_paging_finds_each_item_once_in_the_order_of_the_job(office: Office, limit: int) -> None:
    items = paged(
        office,
        lambda session, after: list_items(session, office.job_id, after=after, limit=limit),
    )
    assert [item.order_id for item in items] == office.orders
    assert [item.position for item in items] == list(range(1, ORDERS + 1))
    assert [item.order_number for item in items] == [f"A{n:05}" for n in range(ORDERS)]


@pytest.mark.parametrize(
    ("status", "places"),
    [
        ("succeeded", [0, 1, 2, 4, 5, 6, 9]),
        ("failed", list(FLAWED)),
        ("pending", [10, 11]),
        ("cancelled", []),
    ],
)
def test_items_are_found_by_status(office: Office, status: str, places: list[int]) -> None:
    items = paged(
        office,
        lambda session, after: list_items(
            session, office.job_id, status=status, after=after, limit=2
        ),
    )
    assert [office.orders.index(item.order_id) for item in items] == places
    assert all(item.status == status for item in items)
    assert all((item.error is not None) == (status == "failed") for item in items)
    assert all((item.invoice_number is not None) == (status == "succeeded") for item in items)
    assert all(item.attempts == (0 if status == "pending" else 1) for item in items)


def test_the_latest_failures_come_first(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        failures = latest_failures(session, office.job_id, limit=2)
    assert [office.orders.index(item.order_id) for item in failures] == [8, 7]
    error = failures[0].error
    assert error is not None
    assert (error.code, error.field) == ("discount_out_of_range", "lines[1].discount_percent")
    assert error.message
    assert error.remedy


def test_failures_are_counted_by_reason(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        groups = failures_by_code(session, office.job_id)
    assert [(group.code, group.count) for group in groups] == [
        ("quantity_not_positive", 2),
        ("discount_out_of_range", 1),
    ]
    assert "0" in groups[0].message
    assert all(group.remedy for group in groups)


def test_money_is_summed_by_currency(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        totals = totals_by_currency(session, office.job_id)
    assert [(each.currency, each.count, each.net, each.tax, each.gross) for each in totals] == [
        ("EUR", 5, Decimal(150), Decimal("28.50"), Decimal("178.50")),
        ("USD", 2, Decimal(60), Decimal("11.40"), Decimal("71.40")),
    ]


def test_the_range_of_a_jobs_invoice_numbers_is_known(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        (numbers,) = number_ranges(session, office.job_id)
        year = numbers.year
    assert (numbers.first, numbers.last) == (f"INV-{year}-000001", f"INV-{year}-000007")
    assert (numbers.count, numbers.unbroken) == (7, True)


def test_a_job_that_has_done_nothing_has_no_results(office: Office) -> None:
    waiting = office.jobs[1]
    with org_transaction(office.seller.organization_id) as session:
        assert failures_by_code(session, waiting) == ()
        assert totals_by_currency(session, waiting) == ()
        assert number_ranges(session, waiting) == ()
        assert latest_failures(session, waiting) == ()


def test_a_job_that_is_not_there_is_not_found(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        for read in (get_job, list_items):
            with pytest.raises(NotFound):
                read(session, uuid4())


def test_another_organizations_job_is_not_found(office: Office) -> None:
    with org_transaction(office.seller.organization_id + 1) as session:
        assert [job.id for job in list_jobs(session).items] != []
        for read in (get_job, list_items):
            with pytest.raises(NotFound):
                read(session, office.job_id)


def test_a_job_is_read_again_each_time(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        job = get_job(session, office.jobs[1])
        with org_transaction(office.seller.organization_id) as meanwhile:
            meanwhile.execute(
                update(BatchJob).where(BatchJob.id == job.id).values(revision=BatchJob.revision + 1)
            )
        before = job.revision
        assert get_job(session, job.id).revision == before + 1


def test_the_email_of_a_user_is_visible_only_within_the_organization(office: Office) -> None:
    ids = [office.seller.user_id, office.seller.user_id + 1, office.seller.user_id]
    with org_transaction(office.seller.organization_id) as session:
        assert user_emails(session, ids) == {office.seller.user_id: office.seller.email}


def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    with org_transaction(office.seller.organization_id) as session:
        of_jobs = list_jobs(session, limit=1).next_cursor
        of_items = list_items(session, office.job_id, limit=1).next_cursor
        assert of_jobs
        assert of_items
        with pytest.raises(InvalidRequest):
            list_jobs(session, after=of_items)
        with pytest.raises(InvalidRequest):
            list_items(session, office.job_id, after=of_jobs)
