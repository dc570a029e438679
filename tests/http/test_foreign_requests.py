"""Requests that another site makes the user's browser send are refused."""

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import Api, Shop, log_in

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "http://evil.example:80"},
    {"Origin": "garbage"},
    {"Origin": "http://[::1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
]
OWN = [
    {},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost:80"},
    {"Origin": "http://LOCALHOST"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.fixture
def browser(shop: Shop) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    client = shop.app.test_client()
    assert log_in(client, shop.clerk.email).status_code == 302
    return client


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_changes_nothing(
    browser: FlaskClient, shop: Shop, headers: dict[str, str]
) -> None:
    before = browser.get("/api/batch-jobs").get_json()
    body = {"order_ids": shop.orders}
    answer = browser.post("/api/batch-jobs", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_allowed")
    assert browser.get("/api/batch-jobs").get_json() == before
    assert browser.post("/logout", headers=headers).status_code == 403
    assert browser.get("/api/orders").status_code == 200


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_may_submit_jobs(
    browser: FlaskClient, shop: Shop, headers: dict[str, str]
) -> None:
    body = {"order_ids": shop.orders}
    assert browser.post("/api/batch-jobs", json=body, headers=headers).status_code == 202


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_cannot_log_a_browser_in(shop: Shop, headers: dict[str, str]) -> None:
    answer = log_in(shop.app.test_client(), shop.clerk.email, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_over_https_an_http_origin_is_foreign(shop: Shop) -> None:
    answer = log_in(
        shop.app.test_client(),
        shop.clerk.email,
        base_url="https://localhost",
        headers={"Origin": "http://localhost:443"},
    )
    assert answer.status_code == 403


def test_behind_a_proxy_that_ends_tls_the_origin_is_https(shop: Shop) -> None:
    answer = log_in(
        shop.app.test_client(),
        shop.clerk.email,
        base_url="http://bills.example",
        headers={"Origin": "https://bills.example"},
    )
    assert answer.status_code == 302


def test_a_request_with_a_token_may_have_any_origin(shop: Shop) -> None:
    tool = Api(shop.app, shop.api.token)
    tool.headers["Origin"] = "https://tool.example"
    body = {"order_ids": shop.orders}
    assert tool.post("/api/batch-jobs", json=body).status_code == 202
