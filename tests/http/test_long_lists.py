"""A list too long to be counted with its page says so; its count is a separate request."""

import re

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import Api
from tests.records import Account, new_orders
from web.pages import counting, invoices, orders

BOUND = 60
FAR_BEYOND = BOUND + 40


@pytest.fixture
def small_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counting, orders, invoices):
        monkeypatch.setattr(module, "COUNTED", BOUND)


def foot(browser: FlaskClient, url: str) -> str:
    """The text below the rows."""
    page = browser.get(url).text
    found = re.search(r'<div class="list-foot"[^>]*>\s*<span>(.*?)</span>', page, re.DOTALL)
    assert found
    return found[1]


def test_a_list_within_the_bound_is_counted_with_its_page(
    browser: FlaskClient, clerk: Account, small_bound: None
) -> None:
    new_orders(clerk, BOUND)
    assert foot(browser, "/orders") == f"{BOUND} confirmed orders"
    assert 'data-matching="60"' in browser.get("/orders").text
    assert "data-count-url" not in browser.get("/orders").text


def test_a_longer_list_says_more_than_and_links_its_count(
    browser: FlaskClient, clerk: Account, small_bound: None
) -> None:
    new_orders(clerk, FAR_BEYOND)
    new_orders(clerk, 5, prefix="D", status="draft")
    for url, total in (("/orders", FAR_BEYOND), ("/orders?status=&q=a", FAR_BEYOND)):
        shown = foot(browser, url)
        assert "more than 60" in shown
        count_url = re.search(r'data-url="([^"]+)"', shown)
        assert count_url
        figures = browser.get(count_url[1].replace("&amp;", "&")).get_json()
        assert figures == {"total": total, "matching": FAR_BEYOND}
    all_orders = {"total": FAR_BEYOND + 5, "matching": FAR_BEYOND}
    assert browser.get("/orders/count?status=").get_json() == all_orders
    assert browser.get("/orders/count?status=draft").get_json() == {"total": 5, "matching": 0}


def test_invoices_are_counted_too(
    browser: FlaskClient, api: Api, clerk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for order_id in new_orders(clerk, 3):
        assert api.post(f"/api/orders/{order_id}/invoice").status_code == 201
    assert foot(browser, "/invoices") == "3 invoices"
    assert browser.get("/invoices/count").get_json() == {"total": 3}
    assert browser.get("/invoices/count?q=INV-1999").get_json() == {"total": 0}
    assert browser.get("/invoices/count?from=never").status_code == 422


def test_a_count_needs_a_login_and_covers_only_the_own_organization(
    browser: FlaskClient, clerk: Account, stranger: Account
) -> None:
    new_orders(stranger, 3)
    assert browser.get("/orders/count?status=").get_json() == {"total": 0, "matching": 0}
    browser.post("/logout", headers={"Origin": "http://localhost"})
    assert browser.get("/orders/count").status_code == 302
