"""Headers on every answer, whatever it is."""

import pytest

from tests.http.conftest import Shop, log_in

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/orders",
        "/jobs",
        "/nothing",
        "/api/orders",
        "/api/nothing",
        "/healthz",
        "/api/openapi.json",
        "/static/js/main.js",
    ],
)
def test_every_answer_tells_the_browser_to_be_strict(shop: Shop, path: str) -> None:
    client = shop.app.test_client()
    log_in(client, shop.clerk.email)
    with client.get(path) as answer:
        for name, value in STRICT.items():
            assert answer.headers[name] == value
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        if not path.startswith("/static/"):
            assert answer.headers["Cache-Control"] == "no-store"


def test_pages_need_nothing_that_the_policy_forbids(shop: Shop) -> None:
    client = shop.app.test_client()
    log_in(client, shop.clerk.email)
    for path in ("/login", "/orders", f"/orders/{shop.orders[0]}", "/invoices", "/jobs"):
        page = client.get(path)
        assert page.status_code == 200
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " onclick=" not in page.text
        assert "<script>" not in page.text
