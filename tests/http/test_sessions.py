"""Each login is a row, which is listed, and ended by its user, by an operator or by time."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from models.database import owner_transaction
from models.tables.membership import Membership
from tests.cli.acts import acts_of
from tests.http.conftest import PASSWORD, Api, log_in
from tests.records import Account, new_account

OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
COOKIE = "billmill_session"


def enters(client: FlaskClient, **headers: str) -> bool:
    """Whether the API accepts the browser's session."""
    return bool(client.get("/api/orders", headers=headers).status_code == 200)


def another_browser(app: Flask, clerk: Account, name: str = "Other/1.0") -> FlaskClient:
    client = app.test_client()
    assert log_in(client, clerk.email, headers={**OWN, "User-Agent": name}).status_code == 302
    return client


def listed(client: FlaskClient | Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/sessions").get_json()["items"]
    return found


def own_id(client: FlaskClient) -> int:
    (own,) = (each["id"] for each in listed(client) if each["current"])
    assert isinstance(own, int)
    return own


def sql(statement: str, **values: Any) -> None:
    with owner_transaction() as session:
        session.execute(text(statement), values)


def test_a_copied_cookie_is_refused_after_the_logout(app: Flask, browser: FlaskClient) -> None:
    thief = app.test_client()
    stolen = browser.get_cookie(COOKIE)
    assert stolen is not None
    thief.set_cookie(COOKIE, stolen.value)
    assert enters(thief)
    browser.post("/logout", headers=OWN)
    assert browser.get_cookie(COOKIE) is None
    assert not enters(thief)


def test_the_cookie_is_not_in_the_database(browser: FlaskClient) -> None:
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    with owner_transaction() as session:
        row = str(session.execute(text("SELECT user_sessions::text FROM user_sessions")).one())
    assert cookie.value not in row


def test_the_stored_user_agent_is_short_and_printable(app: Flask, clerk: Account) -> None:
    client = another_browser(app, clerk, "Evil\x1b[2J\x9b2J\udc80/1 " + "x" * 500)
    (own,) = listed(client)
    assert own["user_agent"].startswith("Evil[2J")
    assert own["user_agent"].isprintable()
    assert len(own["user_agent"]) <= 200


@pytest.mark.parametrize(
    ("column", "lasts", "too_long"),
    [
        ("expires_at", "1 minute", "-1 second"),
        ("last_seen_at", "-119 minutes", "-120 minutes"),
    ],
)
def test_a_session_ends_after_two_idle_hours_and_when_it_expires(
    browser: FlaskClient, column: str, lasts: str, too_long: str
) -> None:
    moved = f"UPDATE user_sessions SET {column} = now() + CAST(:by AS interval)"
    sql(moved, by=lasts)
    assert enters(browser)
    sql(moved, by=too_long)
    assert not enters(browser)


def test_a_session_lasts_twelve_hours_by_the_clock_of_the_database(browser: FlaskClient) -> None:
    (own,) = listed(browser)
    with owner_transaction() as session:
        lasts = "SELECT expires_at - started_at = interval '12 hours' FROM user_sessions"
        assert session.scalar(text(lasts))
    assert own["expires_at"] > own["started_at"]


def last_seen() -> tuple[Any, Any]:
    with owner_transaction() as session:
        row = "SELECT last_seen_at, now() - last_seen_at < interval '1 minute' FROM user_sessions"
        return tuple(session.execute(text(row)).one())  # type: ignore[return-value]


def test_the_last_request_of_a_session_is_recorded_once_a_minute(browser: FlaskClient) -> None:
    first, _ = last_seen()
    assert enters(browser)
    assert last_seen()[0] == first
    sql("UPDATE user_sessions SET last_seen_at = now() - interval '61 seconds'")
    assert enters(browser)
    assert last_seen()[1]


def test_automatic_requests_of_a_page_do_not_keep_a_session_open(browser: FlaskClient) -> None:
    sql("UPDATE user_sessions SET last_seen_at = now() - interval '61 seconds'")
    assert enters(browser, **{"Billmill-Unattended": "1"})
    assert not last_seen()[1]


def test_the_sessions_of_a_user_are_listed_and_the_current_one_is_marked(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    other = another_browser(app, clerk)
    first, second = listed(other)
    assert (first["current"], second["current"]) == (True, False)
    assert first["user_agent"] == "Other/1.0"
    for each in (first, second):
        assert (each["organization"], each["source_address"]) == ("alpha", "127.0.0.1")
    assert [each["current"] for each in listed(browser)] == [False, True]


def test_a_revoked_session_ends_at_once_and_the_others_go_on(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    other = another_browser(app, clerk)
    answer = browser.post(f"/api/sessions/{own_id(other)}/revoke", headers=OWN)
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 1})
    assert not enters(other)
    assert enters(browser)
    assert len(listed(browser)) == 1


def test_one_request_ends_all_other_sessions(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    others = [another_browser(app, clerk) for _ in range(2)]
    answer = browser.post("/api/sessions/revoke-others", headers=OWN)
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 2})
    assert [enters(each) for each in (browser, *others)] == [True, False, False]


def test_a_user_cannot_see_or_end_the_sessions_of_another(
    app: Flask, browser: FlaskClient, clerk: Account, strangers_api: Api
) -> None:
    assert listed(strangers_api) == []
    theirs = own_id(browser)
    for session_id in (theirs, theirs + 1, 2**63):
        assert strangers_api.post(f"/api/sessions/{session_id}/revoke").status_code == 404
    assert strangers_api.post("/api/sessions/revoke-others").get_json() == {"ended": 0}
    assert enters(browser)


def test_a_token_reaches_the_sessions_of_its_organisation_only(
    app: Flask, browser: FlaskClient, clerk: Account, api: Api
) -> None:
    gamma = new_account("gamma")
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(organization_id=gamma.organization_id, user_id=clerk.user_id)
        )
    other = another_browser(app, clerk)
    assert other.post("/organization", data={"organization": "gamma"}, headers=OWN).location
    elsewhere = own_id(other)
    assert [each["organization"] for each in listed(api)] == ["alpha"]
    assert api.post(f"/api/sessions/{elsewhere}/revoke").status_code == 404
    assert api.post("/api/sessions/revoke-others").get_json() == {"ended": 1}
    assert (enters(browser), enters(other)) == (False, True)


def test_the_audit_log_says_why_a_session_ended(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    first = own_id(browser)
    other = another_browser(app, clerk)
    second = own_id(other)
    browser.post(f"/api/sessions/{second}/revoke", headers=OWN)
    browser.post("/logout", headers=OWN)
    browser.post("/logout", headers=OWN)
    assert acts_of(clerk) == [
        ("session.opened", clerk.user_id, {"session_id": first}),
        ("session.opened", clerk.user_id, {"session_id": second}),
        ("session.ended", clerk.user_id, {"why": "revoked", "session_ids": [second]}),
        ("session.ended", clerk.user_id, {"why": "logged_out", "session_ids": [first]}),
    ]


def test_a_second_login_in_a_browser_ends_its_first_session(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    copy = app.test_client()
    before = browser.get_cookie(COOKIE)
    assert before is not None
    copy.set_cookie(COOKIE, before.value)
    assert log_in(browser, clerk.email, PASSWORD).status_code == 302
    assert len(listed(browser)) == 1
    assert not enters(copy)


def test_a_switch_of_the_organisation_ends_the_old_session_and_extends_none(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    gamma = new_account("gamma")
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(organization_id=gamma.organization_id, user_id=clerk.user_id)
        )
    sql("UPDATE user_sessions SET expires_at = expires_at - interval '1 hour'")
    (before,) = listed(browser)
    copy = app.test_client()
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    copy.set_cookie(COOKIE, cookie.value)
    browser.post("/organization", data={"organization": "gamma"}, headers=OWN)
    (after,) = listed(browser)
    assert (before["organization"], after["organization"]) == ("alpha", "gamma")
    for time in ("started_at", "expires_at"):
        assert after[time] == before[time]
    assert not enters(copy)
    left = ("session.ended", clerk.user_id, {"why": "switched", "session_ids": [before["id"]]})
    assert acts_of(clerk)[-1] == left


def test_sessions_that_expired_long_ago_are_removed_at_the_next_login(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    sql("UPDATE user_sessions SET expires_at = now() - interval '31 days'")
    another_browser(app, clerk)
    with owner_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM user_sessions")) == 1


def test_over_https_the_cookies_belong_to_this_host_alone(app: Flask, clerk: Account) -> None:
    secure = {"base_url": "https://localhost", "headers": {"Origin": "https://localhost"}}
    client = app.test_client()
    answer = log_in(client, clerk.email, **secure)
    cookies = dict(each.split("=", 1) for each in answer.headers.getlist("Set-Cookie"))
    assert "__Host-billmill_session" in cookies
    assert all(name.startswith("__Host-billmill_") for name in cookies)
    for cookie in cookies.values():
        attributes = cookie.split("; ")[1:]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
        assert not any(each.lower().startswith("domain") for each in attributes)
    assert client.get("/api/orders", base_url="https://localhost").status_code == 200
    planted = app.test_client()  # a neighbouring host could set it, without the prefix
    planted.set_cookie(COOKIE, cookies["__Host-billmill_session"].partition(";")[0])
    assert planted.get("/api/orders", base_url="https://localhost").status_code == 401
    client.post("/logout", **secure)
    assert client.get("/api/orders", base_url="https://localhost").status_code == 401


def test_a_new_secret_key_ends_all_sessions(app: Flask, browser: FlaskClient) -> None:
    assert enters(browser)
    app.secret_key = "another-secret-key-for-tests-only-0123456789"
    assert not enters(browser)


def test_the_page_lists_the_sessions_of_a_user_and_ends_them(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    others = [another_browser(app, clerk, firefox), another_browser(app, clerk, "curl/8.5.0")]
    assert 'href="/sessions"' in browser.get("/orders").text
    page = browser.get("/sessions").text
    assert page.count("This session") == 1
    assert all(words in page for words in ("Firefox on Linux", "curl/8.5.0", "End all others"))
    first = own_id(others[0])
    for _ in range(2):
        ended = browser.post(f"/sessions/{first}/end", headers=OWN)
        assert (ended.status_code, ended.location) == (302, "/sessions")
    assert [enters(each) for each in others] == [False, True]
    assert browser.post("/sessions/end-others", headers=OWN).location == "/sessions"
    assert not enters(others[1])
    page = browser.get("/sessions").text
    assert ("Firefox" in page, "End all others" in page) == (False, False)
