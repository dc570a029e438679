"""Lists, an order and a job have no violation of the rules that axe knows, in both themes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible, violations
from tests.browser.steps import start_by_api
from tests.records import Account, new_orders


def test_lists_an_order_and_a_job_are_accessible(page: Page, clerk: Account) -> None:
    flawed, *others = new_orders(clerk, 3, flawed=[1])
    job = start_by_api(page, [flawed, *others])
    page.goto(job)
    expect(page.get_by_text("every order is accounted for", exact=False)).to_be_visible()
    assert_accessible(page)
    for address in ("/orders?status=", f"/orders/{flawed}", "/invoices", "/jobs", "/sessions"):
        page.goto(address)
        assert_accessible(page)


def test_an_inaccessible_page_is_noticed(page: Page) -> None:
    page.goto("/orders")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<main><input></main>')")
    rules = {found["rule"] for found in violations(page)}
    assert {"label", "landmark-no-duplicate-main"} <= rules
    with pytest.raises(AssertionError):
        assert_accessible(page)
