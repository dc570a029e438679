"""Both themes and a phone: nothing sticks out, nothing is complained about."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders


@pytest.mark.parametrize(
    ("theme", "viewport"),
    [("light", PHONE), ("dark", DESKTOP)],
    ids=["a light phone", "a dark desktop"],
)
def test_no_page_scrolls_sideways(
    open_page: OpenPage, clerk: Account, theme: str, viewport: dict[str, int]
) -> None:
    order_id, *_ = new_orders(clerk, 3, flawed=[1])
    page = open_page(clerk, color_scheme=theme, viewport=viewport)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    select_all_matching(page)
    assert_fits(page)
    create_invoices(page, 3)
    expect(card(page)).to_contain_text("2 invoices created")
    for address in ("/orders?status=", f"/orders/{order_id}", "/jobs", "/invoices"):
        page.goto(address)
        assert_fits(page)
    page.get_by_role("link", name="INV-2026-000002").click()
    expect(page.get_by_role("article")).to_be_visible()
    assert_fits(page)
    page.goto("/jobs")
    page.get_by_role("row", name="Completed").get_by_role("link").click()
    expect(page.get_by_role("link", name="Failed 1")).to_be_visible()
    assert_fits(page)


def assert_fits(page: Page) -> None:
    """No horizontal scrolling."""
    beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"


def test_the_chosen_theme_is_remembered(page: Page) -> None:
    root = page.locator("html")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.goto("/invoices")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_the_keyboard_alone_creates_an_invoice(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1)
    page.reload()
    page.get_by_label("Select order A00000").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Create 1 invoice").focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text("1 invoice created")


def test_a_print_is_the_invoice_alone(page: Page, clerk: Account, site: Site) -> None:
    order_id = new_orders(clerk, 1)[0]
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Create invoice").click()
    expect(page.get_by_role("article")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("article")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
