"""The page of a job after a retry, and after an outage of the server."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.steps import card, start_by_api, wait_until_processed
from tests.records import Account, new_orders

BETWEEN_TRIES_MS = 5_000


@pytest.fixture
def failed(page: Page, clerk: Account) -> Page:
    """The page of a job with three failed orders."""
    job = start_by_api(page, new_orders(clerk, 4, flawed=[0, 1, 2], lines=1))
    wait_until_processed(clerk, 4)
    page.goto(job)
    expect(page.get_by_text("Every order is accounted for")).to_be_visible()
    return page


def test_a_retry_that_fails_again_says_so(failed: Page) -> None:
    toast = failed.get_by_role("status").get_by_text
    failed.get_by_role("button", name="Retry order A00001").click()
    expect(toast("1 order tried again: 1 failed again.")).to_be_visible()
    failed.get_by_role("button", name="Retry all 3").click()
    expect(toast("3 orders tried again: 3 failed again.")).to_be_visible()
    expect(card(failed)).to_contain_text("1 invoice created, 3 orders failed")


def test_a_reconciliation_that_failed_to_load_appears_once_the_server_is_back(
    failed: Page, complaints: Complaints
) -> None:
    complaints.expected = ("ERR_CONNECTION_REFUSED",)
    sheet = failed.locator("job-reconciliation")
    failed.route("**/reconciliation", lambda route: route.abort("connectionrefused"))
    failed.clock.install()
    failed.reload()
    expect(sheet.get_by_text("Billmill cannot be reached.")).to_be_visible()
    expect(sheet.get_by_role("button", name="Try again")).to_be_visible()
    failed.unroute("**/reconciliation")
    failed.clock.run_for(BETWEEN_TRIES_MS)
    expect(sheet.get_by_text("Every order is accounted for")).to_be_visible()
