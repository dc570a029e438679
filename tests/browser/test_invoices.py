"""Invoices: the list that refreshes itself, and the page of an invoice."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.processes import Site
from tests.browser.steps import start_by_api, wait_until_processed
from tests.records import Account, new_orders


@pytest.mark.hurried
def test_new_invoices_appear_in_the_list_without_a_reload(
    page: Page, clerk: Account, worker: Site
) -> None:
    worker.hold_worker()
    start_by_api(page, new_orders(clerk, 8))
    page.goto("/invoices")
    expect(page.get_by_text("No invoices yet")).to_be_visible()
    worker.release_worker()
    expect(page.get_by_role("row", name="INV-2026-000008")).to_be_visible()
    expect(page.locator(".list-foot")).to_have_text("8 invoices")


@pytest.mark.hurried
def test_rows_on_the_screen_stay_until_the_user_requests_the_new_ones(
    page: Page, clerk: Account, worker: Site
) -> None:
    start_by_api(page, new_orders(clerk, 30, prefix="A"))
    wait_until_processed(clerk, 30)
    worker.hold_worker()
    start_by_api(page, new_orders(clerk, 2, prefix="B"))

    page.goto("/invoices")
    page.get_by_role("row", name="INV-2026-000005").scroll_into_view_if_needed()
    worker.release_worker()
    page.get_by_role("button", name="Show 2 new rows").click()
    expect(page.get_by_role("row", name="INV-2026-000032")).to_be_in_viewport()


def test_an_order_can_be_invoiced_from_its_own_page(page: Page, clerk: Account) -> None:
    order_id = new_orders(clerk, 1)[0]
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Create invoice").click()
    expect(page).to_have_title("Invoice INV-2026-000001 · Billmill")
    sheet = page.get_by_role("article")
    for text in (
        "Köln",
        "VAT id DE123456789",
        "Berglund & Söhne",
        "20457 Hamburg",
        "A00000",
        "1 pcs",
        "S · VAT",
        "30.00",
        "5.70",
        "Payment terms: 30 days net",
    ):
        expect(sheet).to_contain_text(text)
    total = sheet.get_by_role("row", name="Total 35.70")
    expect(total).to_have_text(re.compile(r"Total\s*35\.70\s+EUR"))
    page.goto(f"/orders/{order_id}")
    expect(page.get_by_role("link", name="Invoice INV-2026-000001")).to_be_visible()


def test_an_order_page_explains_what_prevents_its_invoice(page: Page, clerk: Account) -> None:
    order_id = new_orders(clerk, 1, flawed=[0])[0]
    page.goto(f"/orders/{order_id}")
    expect(page.get_by_text("This stops the order from being invoiced")).to_be_visible()
    expect(page.get_by_text("Line 1, quantity")).to_be_visible()
    expect(page.get_by_role("button", name="Create invoice")).to_have_count(0)


def test_another_organisations_invoice_does_not_exist(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("404",)
    page.goto("/invoices/999999")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Invoices")).to_be_visible()
