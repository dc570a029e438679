"""The card of a finished job: in full where the job was started, one line elsewhere."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.processes import Site
from tests.browser.steps import (
    card,
    create_invoices,
    select_all_matching,
    start_by_api,
    wait_until_processed,
)
from tests.records import Account, new_orders

LINE_HEIGHT_PX = 72
CREATED = "3 invoices created, 1 order failed"


def summary(page: Page) -> Locator:
    return card(page).get_by_text("Invoiced, gross")


def toggle(page: Page) -> Locator:
    return card(page).get_by_role("button", name="Details of this job")


def test_the_card_is_shown_in_full_where_the_job_was_started_and_on_its_own_page(
    page: Page, clerk: Account
) -> None:
    new_orders(clerk, 4, flawed=[2])
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 4)
    expect(card(page)).to_contain_text(CREATED)
    expect(summary(page)).to_be_visible()
    expect(toggle(page)).to_have_attribute("aria-expanded", "true")
    toggle(page).click()
    expect(summary(page)).to_be_hidden()

    card(page).get_by_role("link", name=CREATED).click()
    expect(summary(page)).to_be_visible()
    expect(toggle(page)).to_be_hidden()
    expect(card(page).get_by_role("button", name="Put this card away")).to_be_hidden()


def test_the_card_is_one_line_on_lists_and_opens_on_demand(page: Page, clerk: Account) -> None:
    start_by_api(page, new_orders(clerk, 4, flawed=[2]))
    wait_until_processed(clerk, 4)
    for address in ("/orders", "/invoices", "/jobs"):
        page.goto(address)
        expect(card(page)).to_contain_text(CREATED)
        expect(summary(page)).to_be_hidden()
        box = card(page).bounding_box()
        assert box
        assert box["height"] <= LINE_HEIGHT_PX

        expect(toggle(page)).to_have_attribute("aria-expanded", "false")
        toggle(page).press("Enter")
        expect(summary(page)).to_be_visible()
        expect(toggle(page)).to_have_attribute("aria-expanded", "true")
        toggle(page).click()
        expect(summary(page)).to_be_hidden()


def test_the_card_becomes_one_line_in_windows_that_only_watched(
    open_page: OpenPage, page: Page, clerk: Account, worker: Site
) -> None:
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 2)
    other = open_page(clerk)
    other.goto("/invoices")
    expect(card(other).get_by_text("Waiting", exact=True)).to_be_visible()
    worker.release_worker()
    for window in (page, other):
        expect(card(window)).to_contain_text("2 invoices created")
    expect(summary(page)).to_be_visible()
    expect(toggle(other)).to_have_attribute("aria-expanded", "false")
    expect(summary(other)).to_be_hidden()
