"""The steps of a user on the pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from models.database import NO_IDLE_LIMIT, org_transaction
from models.jobs.search import list_jobs
from models.tables.order import Order
from tests.records import Account
from tests.waiting import wait_for


def card(page: Page) -> Locator:
    """The topmost card on the page, which is that of the latest job."""
    return page.locator("batch-job-progress:visible").first


def count(page: Page, label: str) -> Locator:
    """A figure of the card: `Invoiced`, `Failed`, `Waiting`, `Cancelled`."""
    return card(page).locator("div", has=page.locator(f"dt:text-is('{label}')")).locator("dd")


def tick(page: Page, *order_numbers: str) -> None:
    """Ticks the boxes of these orders."""
    for number in order_numbers:
        page.get_by_label(f"Select order {number}", exact=True).check()


def select_all_matching(page: Page) -> None:
    """Ticks the whole page, then selects all that match."""
    page.get_by_label("Select all orders on this page").check()
    offer = page.get_by_role("button", name="Select all")
    if offer.is_visible():
        offer.click()


def create_invoices(page: Page, number: int) -> None:
    """Presses the button that creates `number` invoices and waits for the job's card."""
    noun = "invoice" if number == 1 else "invoices"
    page.get_by_role("button", name=f"Create {number:,} {noun}").click()
    expect(page.get_by_text("Batch job started")).to_be_visible()
    expect(card(page)).to_be_visible()


def start_by_api(page: Page, order_ids: Sequence[int]) -> str:
    """Starts a job through the API; returns the address of the job's page."""
    answer = page.request.post("/api/batch-jobs", data={"order_ids": list(order_ids)})
    assert answer.status == 202, answer.text()
    return f"/jobs/{answer.json()['id']}"


@contextmanager
def unfinished(account: Account, order_id: int) -> Iterator[None]:
    """Locks the order, so that a job with it does not end, however slow the test is."""
    with org_transaction(account.organization_id, settings=NO_IDLE_LIMIT) as session:
        locked = select(Order.id).where(Order.id == order_id).with_for_update(key_share=True)
        assert session.scalars(locked).one()
        yield


def wait_until_ended(account: Account) -> None:
    """Waits until the account's newest job has ended in the database."""

    def ended() -> bool:
        with org_transaction(account.organization_id) as session:
            return list_jobs(session, limit=1).items[0].completed_at is not None

    wait_for(ended, 60)


def wait_until_processed(account: Account, at_least: int) -> None:
    """Waits until this many orders of the account's newest job have ended in the database."""

    def processed() -> bool:
        with org_transaction(account.organization_id) as session:
            return list_jobs(session, limit=1).items[0].processed_items >= at_least

    wait_for(processed, 60)
