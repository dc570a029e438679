"""Jobs that begin and end elsewhere while a window is open: by the API, in another window."""

from collections.abc import Sequence

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import card, start_by_api, wait_until_ended
from tests.records import Account, new_orders

BETWEEN_LOOKS_MS = 5_000
BETWEEN_REFRESHES_MS = 2_000


def open_and_stop_the_clock(page: Page, address: str) -> None:
    """Opens the page and stops its clock; `let_pass` advances it."""
    page.clock.install()
    page.goto(address)
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)


def let_pass(page: Page, milliseconds: int) -> None:
    page.clock.run_for(milliseconds)


def look(page: Page) -> None:
    """Lets the page look once for jobs of others, and waits for the answer: no look is on its way
    after that, which would see a job half done."""
    with page.expect_response("**/api/batch-jobs?*"):
        let_pass(page, BETWEEN_LOOKS_MS)


def invoice_by_api(page: Page, clerk: Account, order_ids: Sequence[int]) -> None:
    """Runs a whole job between two polls of the open windows."""
    start_by_api(page, order_ids)
    wait_until_ended(clerk)


def test_the_lists_of_other_windows_refresh_after_a_job_too_short_to_be_seen(
    open_page: OpenPage, page: Page, clerk: Account
) -> None:
    order_ids = new_orders(clerk, 5, flawed=[2])
    invoices = open_page(clerk)
    open_and_stop_the_clock(invoices, "/invoices")
    expect(invoices.get_by_text("No invoices yet")).to_be_visible()
    open_and_stop_the_clock(page, "/orders")
    for window in (page, invoices):
        look(window)  # what has ended by now is not announced
    invoice_by_api(page, clerk, order_ids[:3])

    for window in (page, invoices):
        look(window)
        expect(card(window)).to_contain_text("2 invoices created, 1 order failed")
        let_pass(window, BETWEEN_REFRESHES_MS)
    expect(page.get_by_text("3 confirmed orders")).to_be_visible()
    expect(page.get_by_role("row", name="A00001")).to_have_count(0)
    expect(page.get_by_role("row", name="A00004")).to_be_visible()
    expect(invoices.get_by_role("row", name="INV-2026-000002")).to_be_visible()


def test_one_line_shows_the_last_of_the_jobs_that_ended_elsewhere(
    page: Page, clerk: Account
) -> None:
    order_ids = new_orders(clerk, 6)
    open_and_stop_the_clock(page, "/orders")
    look(page)  # what has ended by now is not announced
    for number in (1, 2, 3):
        some, order_ids = order_ids[:number], order_ids[number:]
        invoice_by_api(page, clerk, some)
        if number == 1:
            look(page)
            expect(card(page)).to_contain_text("1 invoice created")
    look(page)
    expect(card(page)).to_contain_text("3 invoices created")
    expect(page.locator("batch-job-progress")).to_have_count(1)


def test_a_job_that_ended_before_the_page_was_loaded_is_not_announced(
    page: Page, clerk: Account
) -> None:
    order_ids = new_orders(clerk, 2)
    page.goto("/orders")
    invoice_by_api(page, clerk, order_ids[:1])
    open_and_stop_the_clock(page, "/orders")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    look(page)
    with page.expect_response("**/api/batch-jobs?*"):
        let_pass(page, BETWEEN_LOOKS_MS + BETWEEN_REFRESHES_MS)
    assert [url for url in asked if "/api/" not in url] == []
