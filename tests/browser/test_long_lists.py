"""A list of more than a thousand orders appears at once, its count a moment later."""

from playwright.sync_api import Page, Route, expect

from tests.browser.steps import create_invoices, select_all_matching
from tests.records import Account, new_orders

COUNT = 1_050


def test_a_long_list_shows_its_count_later_and_becomes_one_job(page: Page, clerk: Account) -> None:
    new_orders(clerk, COUNT, lines=1)
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        held.append(route) if holding else route.continue_()

    page.route("**/orders/count?*", hold)
    page.goto("/orders")
    expect(page.locator(".list-foot")).to_contain_text("more than 1,000 confirmed orders")
    page.get_by_label("Select all orders on this page").check()
    offer = page.get_by_role("button", name="Select all that match")
    expect(offer).to_be_visible()
    offer.click()
    expect(page.get_by_text("Counting the orders that match…")).to_be_visible()
    expect(page.get_by_role("button", name="Create invoices")).to_be_disabled()
    holding = False
    for route in held:
        route.continue_()
    expect(page.locator(".list-foot")).to_contain_text("1,050 confirmed orders")
    expect(page.get_by_text("1,050 orders selected")).to_be_visible()
    expect(page.get_by_role("button", name="Create 1,050 invoices")).to_be_enabled()
    expect(page.get_by_text("All 1,050 orders that match are selected")).to_be_visible()
    with page.expect_request("**/api/batch-jobs") as sent:
        create_invoices(page, COUNT)
    request = sent.value.post_data_json
    assert request == {
        "filter": {"status": "confirmed"},
        "priority": "normal",
        "expected_total": COUNT,
    }


def test_a_count_that_failed_is_repeated_when_it_is_needed(page: Page, clerk: Account) -> None:
    new_orders(clerk, COUNT, lines=1)
    failing = "**/orders/count?*"
    page.route(failing, lambda route: route.fulfill(status=204))
    page.goto("/orders")
    expect(page.locator(".list-foot")).to_contain_text("more than 1,000")
    page.unroute(failing)
    select_all_matching(page)
    expect(page.get_by_role("button", name="Create 1,050 invoices")).to_be_enabled()
