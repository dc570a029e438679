"""Orders that wait in a job are marked, and cannot be selected for another job."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching, tick
from tests.records import Account, new_orders

pytestmark = pytest.mark.hurried


def start_a_job_with(page: Page, *order_numbers: str) -> None:
    """Starts a job of orders on the page; their rows are marked without a reload."""
    tick(page, *order_numbers)
    create_invoices(page, len(order_numbers))
    for number in order_numbers:
        expect(page.get_by_role("row", name=number)).to_contain_text("In a job")


def test_orders_in_a_job_have_no_box_and_link_to_the_job(
    page: Page, clerk: Account, worker: Site
) -> None:
    worker.hold_worker()
    new_orders(clerk, 3)
    page.goto("/orders")
    start_a_job_with(page, "A00000", "A00001")
    row = page.get_by_role("row", name="A00001")
    expect(page.get_by_label("Select order A00001")).to_have_count(0)
    select_all_matching(page)
    expect(page.get_by_text("1 order selected")).to_be_visible()
    row.get_by_role("link", name="In a job").click()
    page.wait_for_url("**/jobs/*")
    expect(page.get_by_role("row", name="A00001")).to_contain_text("Pending")


def test_orders_get_their_box_back_when_the_job_is_cancelled(
    page: Page, clerk: Account, worker: Site
) -> None:
    worker.hold_worker()
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 2)
    expect(page.get_by_role("row", name="A00001")).to_contain_text("In a job")
    page.get_by_role("link", name="A00001").click()
    expect(page.get_by_role("main").get_by_role("link", name="In a job")).to_be_visible()
    expect(page.get_by_role("button", name="Create invoice")).to_have_count(0)
    page.go_back()
    card(page).get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_label("Select order A00001")).to_be_visible()


def test_a_selection_of_all_that_match_says_how_many_wait_in_another_job(
    page: Page, clerk: Account, worker: Site
) -> None:
    worker.hold_worker()
    new_orders(clerk, 60)
    page.goto("/orders")
    start_a_job_with(page, "A00058", "A00059")
    select_all_matching(page)
    expect(page.get_by_text("All can be invoiced")).to_contain_text("2 wait in another job")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Each is invoiced once")
