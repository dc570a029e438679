"""Orders that arrive after the page was loaded are not invoiced unseen."""

from playwright.sync_api import Page, expect

from models.database import org_transaction
from models.jobs.search import list_jobs
from tests.browser.conftest import Complaints
from tests.browser.steps import card, create_invoices, select_all_matching, tick
from tests.records import Account, new_orders


def jobs_of(account: Account) -> list[int]:
    with org_transaction(account.organization_id) as session:
        return [job.total_items for job in list_jobs(session).items]


def test_the_page_asks_again_with_the_new_number(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("409",)
    new_orders(clerk, 61)
    page.goto("/orders")
    select_all_matching(page)
    expect(page.get_by_text("All can be invoiced")).to_be_visible()  # it asked before they came
    new_orders(clerk, 7, prefix="B")
    page.get_by_role("button", name="Create 61 invoices").click()
    expect(page.get_by_role("alert")).to_contain_text("Not started: 68 orders match now, not 61.")
    assert jobs_of(clerk) == []
    expect(page.get_by_text("68 orders selected")).to_be_visible()
    create_invoices(page, 68)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(card(page)).to_contain_text("68 invoices created")
    assert jobs_of(clerk) == [68]


def test_a_double_press_does_not_confirm_the_new_number(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("409",)
    new_orders(clerk, 55)
    page.goto("/orders")
    select_all_matching(page)
    expect(page.get_by_text("All can be invoiced")).to_be_visible()
    new_orders(clerk, 1, prefix="B")
    page.clock.install(time=0)
    page.clock.pause_at(1)  # seconds; the button is disabled until the clock goes on
    page.get_by_role("button", name="Create 55 invoices").click()
    expect(page.get_by_role("button", name="Create 56 invoices")).to_be_disabled()
    assert jobs_of(clerk) == []
    page.clock.run_for(1_500)
    expect(page.get_by_role("button", name="Create 56 invoices")).to_be_enabled()


def test_ticked_orders_are_invoiced_whatever_orders_arrive(page: Page, clerk: Account) -> None:
    new_orders(clerk, 3)
    page.goto("/orders")
    tick(page, "A00000", "A00001")
    new_orders(clerk, 2, prefix="B")
    create_invoices(page, 2)
    expect(card(page)).to_contain_text("2 invoices created")


def test_a_preview_updates_the_number_of_matching_orders(page: Page, clerk: Account) -> None:
    new_orders(clerk, 60)
    page.goto("/orders")
    page.get_by_label("Select all orders on this page").check()
    new_orders(clerk, 4, prefix="B")
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_role("button", name="Create 64 invoices")).to_be_enabled()
