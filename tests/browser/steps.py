"""What a person does and sees on the pages, in their words."""

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
    """The topmost card on the page: of the job that was started last."""
    return page.locator("batch-job-progress:visible").first


def count(page: Page, label: str) -> Locator:
    """A figure of the card: `Invoiced`, `Failed`, `Waiting`, `Cancelled`."""
    return card(page).locator("div", has=page.locator(f"dt:text-is('{label}')")).locator("dd")


def tick(page: Page, *order_numbers: str) -> None:
    """Ticks the boxes of these orders."""
    for number in order_numbers:
        page.get_by_label(f"Select order {number}", exact=True).check()


def select_all_matching(page: Page) -> None:
    """Ticks the whole page, then takes the offer to select all that match."""
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
    """Starts a job as another program of the page's user does; the address of the job's page."""
    answer = page.request.post("/api/batch-jobs", data={"order_ids": list(order_ids)})
    assert answer.status == 202, answer.text()
    return f"/jobs/{answer.json()['id']}"


@contextmanager
def unfinished(account: Account, order_id: int) -> Iterator[None]:
    """Keeps a job with this order from ending, however slow the test is: the order is locked."""
    with org_transaction(account.organization_id, settings=NO_IDLE_LIMIT) as session:
        locked = select(Order.id).where(Order.id == order_id).with_for_update(key_share=True)
        assert session.scalars(locked).one()
        yield


def wait_until_processed(account: Account, at_least: int) -> None:
    """Waits until the account's newest job has ended so many orders, as the database knows it."""

    def processed() -> bool:
        with org_transaction(account.organization_id) as session:
            return list_jobs(session, limit=1).items[0].processed_items >= at_least

    wait_for(processed, 60)
