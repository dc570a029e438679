"""Logging in with e-mail and password, and what the session then allows."""

import time

import pytest
import redis
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

import models.passwords
from models.database import owner_transaction
from models.passwords import hash_password, password_matches
from models.settings import Settings
from tests.http.conftest import PASSWORD, log_in
from tests.records import Account
from web.app import create_app


def test_the_right_password_leads_to_the_page_that_was_asked_for(
    app: Flask, clerk: Account
) -> None:
    client = app.test_client()
    answer = log_in(client, clerk.email)
    assert (answer.status_code, answer.location) == (302, "/jobs")
    assert client.get("/api/batch-jobs").status_code == 200


def test_the_case_of_the_email_does_not_matter(app: Flask, clerk: Account) -> None:
    assert log_in(app.test_client(), clerk.email.upper()).status_code == 302


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(
    app: Flask, clerk: Account
) -> None:
    wrong = log_in(app.test_client(), clerk.email, "wrong")
    unknown = log_in(app.test_client(), "nobody@alpha.example", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace(clerk.email, "") == unknown.text.replace("nobody@alpha.example", "")
    assert "Set-Cookie" not in wrong.headers


def test_an_unknown_email_costs_as_much_as_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verified: list[str] = []

    class Noting(PasswordHasher):
        def verify(self, *arguments: str | bytes) -> bool:
            verified.append(str(arguments[0]))
            return super().verify(*arguments)

    monkeypatch.setattr(models.passwords, "_hasher", Noting())
    assert not password_matches(hash_password(PASSWORD), "wrong")
    assert not password_matches(None, "wrong")
    for_wrong, for_nobody = verified
    assert extract_parameters(for_nobody) == extract_parameters(for_wrong)


@pytest.mark.parametrize("email", ["", "a\0b@alpha.example", "x" * 5000, "'; DROP TABLE users --"])
def test_an_email_that_nobody_can_have_is_refused_like_any_other(app: Flask, email: str) -> None:
    assert log_in(app.test_client(), email, "wrong").status_code == 401


def test_nobody_is_logged_in_by_the_hash_of_the_empty_account(app: Flask, clerk: Account) -> None:
    assert not password_matches(None, "the password of nobody")


def test_without_a_login_pages_lead_to_it_and_the_api_says_401(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/invoices?q=INV-2026&from=2026-01-01")
    assert page.status_code == 302
    assert page.location == "/login?next=%2Finvoices%3Fq%3DINV-2026%26from%3D2026-01-01"
    answer = client.get("/api/orders")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == "login_required"


def test_logging_out_ends_the_session(browser: FlaskClient) -> None:
    assert browser.get("/api/orders").status_code == 200
    browser.post("/logout")
    assert browser.get("/api/orders").status_code == 401


def test_who_has_left_the_organisation_is_out_at_once(browser: FlaskClient, clerk: Account) -> None:
    assert browser.get("/api/orders").status_code == 200
    with owner_transaction() as session:
        session.execute(text("DELETE FROM memberships"))
    assert browser.get("/api/orders").status_code == 401


def test_a_new_password_ends_the_sessions_that_were_begun_with_the_old_one(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    assert browser.get("/api/orders").status_code == 200
    with owner_transaction() as session:
        session.execute(
            text("UPDATE users SET password_hash = :hash WHERE id = :id"),
            {"hash": hash_password(PASSWORD), "id": clerk.user_id},
        )
    assert browser.get("/api/orders").status_code == 401
    assert log_in(browser, clerk.email).status_code == 302
    assert browser.get("/api/orders").status_code == 200


def test_a_session_that_was_tampered_with_is_none(browser: FlaskClient) -> None:
    cookie = browser.get_cookie("billmill_session")
    assert cookie is not None
    browser.set_cookie("billmill_session", cookie.value[:-2] + "xx")
    assert browser.get("/api/orders").status_code == 401


def test_after_ten_failures_the_eleventh_attempt_waits_even_with_the_right_password(
    app: Flask, clerk: Account
) -> None:
    client = app.test_client()
    for _ in range(10):
        assert log_in(client, clerk.email, "wrong").status_code == 401
    refused = log_in(client, clerk.email)
    assert refused.status_code == 429


def test_failures_count_per_address_and_email_and_end_with_the_window(
    app: Flask, clerk: Account, redis_client: redis.Redis
) -> None:
    client = app.test_client()
    for _ in range(11):
        log_in(client, clerk.email, "wrong")
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert log_in(client, clerk.email, environ_base=elsewhere).status_code == 302
    (key,) = redis_client.scan_iter("login:attempts:*")
    assert clerk.email not in key
    assert 0 < redis_client.ttl(key) <= 300


def test_a_login_that_succeeds_forgets_earlier_failures(app: Flask, clerk: Account) -> None:
    client = app.test_client()
    for _ in range(2):
        for _ in range(9):
            assert log_in(client, clerk.email, "wrong").status_code == 401
        assert log_in(client, clerk.email).status_code == 302


def test_without_redis_people_can_still_log_in(settings: Settings, clerk: Account) -> None:
    from dataclasses import replace

    nowhere = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    before = time.monotonic()
    assert log_in(nowhere.test_client(), clerk.email, PASSWORD).status_code == 302
    assert time.monotonic() - before < 10


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    app: Flask, clerk: Account
) -> None:
    plain = log_in(app.test_client(), clerk.email).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    headers = {"Origin": "https://localhost"}
    over_https = log_in(
        app.test_client(), clerk.email, base_url="https://localhost", headers=headers
    )
    assert "Secure" in over_https.headers["Set-Cookie"]
