"""The card of a job that has ended: in full where it was started, one line beside other things."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders

LINE_HEIGHT_PX = 72
CREATED = "3 invoices created, 1 order failed"


def summary(page: Page) -> Locator:
    return card(page).get_by_text("Invoiced, gross")


def toggle(page: Page) -> Locator:
    return card(page).get_by_role("button", name="Details of this job")


@pytest.fixture
def ended(page: Page, clerk: Account) -> Page:
    """The orders page, where a job was started and has ended."""
    new_orders(clerk, 4, flawed=[2])
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 4)
    expect(card(page)).to_contain_text(CREATED)
    return page


def test_it_is_shown_in_full_where_the_job_was_started(ended: Page) -> None:
    expect(summary(ended)).to_be_visible()
    expect(toggle(ended)).to_have_attribute("aria-expanded", "true")
    toggle(ended).click()
    expect(summary(ended)).to_be_hidden()


@pytest.mark.parametrize("address", ["/orders", "/invoices", "/jobs"])
def test_it_is_one_line_on_lists_and_opens_on_demand(ended: Page, address: str) -> None:
    ended.goto(address)
    expect(card(ended)).to_contain_text(CREATED)
    expect(summary(ended)).to_be_hidden()
    box = card(ended).bounding_box()
    assert box
    assert box["height"] <= LINE_HEIGHT_PX

    expect(toggle(ended)).to_have_attribute("aria-expanded", "false")
    toggle(ended).press("Enter")
    expect(summary(ended)).to_be_visible()
    expect(toggle(ended)).to_have_attribute("aria-expanded", "true")
    toggle(ended).click()
    expect(summary(ended)).to_be_hidden()


def test_it_becomes_one_line_in_windows_that_only_watched(
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


def test_on_the_jobs_own_page_it_is_shown_in_full_and_stays(ended: Page) -> None:
    card(ended).get_by_role("link", name=CREATED).click()
    expect(summary(ended)).to_be_visible()
    expect(toggle(ended)).to_be_hidden()
    expect(card(ended).get_by_role("button", name="Put this card away")).to_be_hidden()
