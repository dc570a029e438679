"""Security headers are on every response."""

from urllib.parse import urlsplit

import pytest

from tests.http.conftest import Shop, log_in
from web.security import own_path

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
def test_every_response_carries_the_security_headers(shop: Shop, path: str) -> None:
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


@pytest.mark.parametrize("path", ["/login", "/api/orders", "/healthz", "/static/js/main.js"])
def test_over_https_responses_carry_strict_transport_security(shop: Shop, path: str) -> None:
    client = shop.app.test_client()
    with client.get(path, base_url="https://localhost") as secure, client.get(path) as plain:
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Strict-Transport-Security" not in plain.headers


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", "/orders"),
        ("/orders?page=2", "/login?next=%2Forders%3Fpage%3D2"),
        ("/orders//5?a=b", "/orders/5?a=b"),
        ("/static//js/main.js", "/static/js/main.js"),
    ],
)
def test_a_redirect_never_names_the_host_of_the_request(
    shop: Shop, scheme: str, path: str, leads_to: str
) -> None:
    foreign = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    environ = {"wsgi.url_scheme": scheme}
    answer = shop.app.test_client().get(path, headers=foreign, environ_overrides=environ)
    assert answer.status_code in (302, 308)
    assert answer.headers["Location"] == leads_to
    assert "evil" not in answer.text


@pytest.mark.parametrize("path", ["/orders", "//orders", "/\\orders", "orders"])
def test_a_redirect_leads_to_a_path_of_this_site(path: str) -> None:
    for url in (f"http://evil.example/{path}?a=b", f"//evil.example/{path}?a=b"):
        assert own_path(urlsplit(url)) == "/orders?a=b"


def test_pages_contain_nothing_that_the_policy_forbids(shop: Shop) -> None:
    client = shop.app.test_client()
    log_in(client, shop.clerk.email)
    for path in ("/login", "/orders", f"/orders/{shop.orders[0]}", "/invoices", "/jobs"):
        page = client.get(path)
        assert page.status_code == 200
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " onclick=" not in page.text
        assert "<script>" not in page.text
