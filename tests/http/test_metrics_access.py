"""/metrics covers all organisations: only this machine reads it without METRICS_TOKEN."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from models.errors import MissingSetting
from models.settings import Settings
from tests.http.conftest import Shop
from web.app import create_app

TOKEN = "c1a4f0927be35d68c1094e7fa2b8360d"
ELSEWHERE = "192.0.2.7"


def asked(
    shop: Shop, peer: str, *, token: str = "", proxies: int = 0, **headers: str
) -> TestResponse:
    """The response to this peer, with these METRICS_TOKEN and TRUSTED_PROXIES."""
    settings: Settings = shop.app.extensions["settings"]
    app = create_app(replace(settings, metrics_token=token, trusted_proxies=proxies))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get("/metrics", headers=named, environ_base={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_reads_the_metrics_without_a_token(shop: Shop, peer: str, token: str) -> None:
    answer = asked(shop, peer, token=token)
    assert answer.status_code == 200
    assert "billmill_up" in answer.text


@pytest.mark.parametrize("peer", [ELSEWHERE, "10.0.0.1", "2001:db8::1", ""])
def test_if_no_token_is_set_no_other_machine_reads_the_metrics(shop: Shop, peer: str) -> None:
    answer = asked(shop, peer, Authorization=f"Bearer {TOKEN}")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_allowed")
    assert "METRICS_TOKEN" in answer.get_json()["detail"]
    assert "billmill_up" not in answer.text


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (f"Bearer {TOKEN}", 200, None),
        (f"bearer  {TOKEN}", 200, None),
        (None, 401, "login_required"),
        ("Bearer ", 401, "invalid_credentials"),
        (f"Bearer {TOKEN}x", 401, "invalid_credentials"),
        ("Bearer \xe4", 401, "invalid_credentials"),
        ("Basic Y2xlcms6c2VjcmV0", 401, "login_required"),
    ],
)
def test_if_a_token_is_set_other_machines_need_it(
    shop: Shop, header: str | None, status: int, code: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = asked(shop, ELSEWHERE, token=TOKEN, **headers)
    assert answer.status_code == status
    if code is not None:
        assert answer.get_json()["code"] == code
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_api_token_does_not_give_access_to_the_metrics(shop: Shop) -> None:
    answer = asked(shop, ELSEWHERE, token=TOKEN, **shop.api.headers)
    assert answer.status_code == 401


def test_behind_a_trusted_proxy_the_client_that_it_names_counts(shop: Shop) -> None:
    for peer, named, status in [
        ("127.0.0.1", ELSEWHERE, 403),  # a proxy on this machine
        ("127.0.0.1", "127.0.0.1", 200),
        (ELSEWHERE, "127.0.0.1", 403),  # a client that bypassed the proxy and forged the header
    ]:
        answer = asked(shop, peer, proxies=1, X_Forwarded_For=named)
        assert answer.status_code == status, (peer, named)


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
def test_a_request_forwarded_by_an_unknown_proxy_is_not_from_this_machine(
    shop: Shop, header: str
) -> None:
    assert asked(shop, "127.0.0.1", **{header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize("token", ["short", "changeme" * 4])
def test_a_weak_token_prevents_the_start(shop: Shop, token: str) -> None:
    with pytest.raises(MissingSetting, match="METRICS_TOKEN"):
        asked(shop, "127.0.0.1", token=token)


def test_the_token_is_read_from_the_environment() -> None:
    environ = {"DATABASE_URL": "postgresql://host/name", "REDIS_URL": "redis://host"}
    assert Settings.from_environ(environ).metrics_token == ""
    assert Settings.from_environ({**environ, "METRICS_TOKEN": TOKEN}).metrics_token == TOKEN
