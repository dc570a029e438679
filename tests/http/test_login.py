"""Logging in with e-mail and password, and what the session then allows."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

import models.accounts.passwords
from models.accounts.passwords import hash_password
from models.database import owner_transaction
from tests.http.conftest import PASSWORD, log_in
from tests.jobs.statements import statements
from tests.records import Account


def test_the_right_password_leads_to_the_requested_page(app: Flask, clerk: Account) -> None:
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


@pytest.mark.parametrize("parameters", [{}, {"memory_cost": 128, "time_cost": 3}])
def test_an_unknown_email_costs_as_much_as_a_wrong_password(
    app: Flask, clerk: Account, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, int]
) -> None:
    """This also holds for passwords that were hashed with other parameters."""
    set_hash(clerk, PasswordHasher(**parameters).hash(PASSWORD))
    verified: list[str] = []

    class Noting(PasswordHasher):
        def verify(self, *arguments: str | bytes) -> bool:
            verified.append(str(arguments[0]))
            return super().verify(*arguments)

    monkeypatch.setattr(models.accounts.passwords, "_hasher", Noting())
    for email in (clerk.email, "nobody@alpha.example", "nobody@beta.example"):
        assert log_in(app.test_client(), email, "wrong").status_code == 401
    for_wrong, *for_nobody = map(extract_parameters, verified)
    assert for_nobody == [for_wrong, for_wrong]


def test_an_unknown_email_takes_as_many_statements_as_a_wrong_password(
    app: Flask, clerk: Account
) -> None:
    with statements() as for_wrong:
        assert log_in(app.test_client(), clerk.email, "wrong").status_code == 401
    with statements() as for_unknown:
        assert log_in(app.test_client(), "nobody@alpha.example", "wrong").status_code == 401
    assert for_unknown == for_wrong
    assert for_wrong


def test_a_login_is_refused_when_there_are_no_users(app: Flask) -> None:
    assert log_in(app.test_client(), "nobody@alpha.example", "wrong").status_code == 401


def test_an_unknown_email_is_refused_with_any_users_password(app: Flask, clerk: Account) -> None:
    assert log_in(app.test_client(), "nobody@alpha.example", PASSWORD).status_code == 401


@pytest.mark.parametrize("email", ["", "a\0b@alpha.example", "x" * 5000, "'; DROP TABLE users --"])
def test_an_impossible_email_is_refused_like_any_other(app: Flask, email: str) -> None:
    assert log_in(app.test_client(), email, "wrong").status_code == 401


def test_without_a_session_pages_redirect_to_the_login_and_the_api_returns_401(app: Flask) -> None:
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


def test_a_former_member_has_no_access(browser: FlaskClient, clerk: Account) -> None:
    assert browser.get("/api/orders").status_code == 200
    with owner_transaction() as session:
        session.execute(text("DELETE FROM memberships"))
    assert browser.get("/api/orders").status_code == 401


def test_a_new_password_ends_the_sessions_opened_with_the_old_one(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    assert browser.get("/api/orders").status_code == 200
    set_hash(clerk, hash_password(PASSWORD))
    assert browser.get("/api/orders").status_code == 401
    assert log_in(browser, clerk.email).status_code == 302
    assert browser.get("/api/orders").status_code == 200


def test_a_tampered_session_cookie_is_refused(browser: FlaskClient) -> None:
    cookie = browser.get_cookie("billmill_session")
    assert cookie is not None
    browser.set_cookie("billmill_session", cookie.value[:-2] + "xx")
    assert browser.get("/api/orders").status_code == 401


def test_scripts_and_other_sites_cannot_use_the_session_cookie(app: Flask, clerk: Account) -> None:
    plain = log_in(app.test_client(), clerk.email).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    headers = {"Origin": "https://localhost"}
    over_https = log_in(
        app.test_client(), clerk.email, base_url="https://localhost", headers=headers
    )
    assert "Secure" in over_https.headers["Set-Cookie"]


def set_hash(account: Account, password_hash: str) -> None:
    with owner_transaction() as session:
        session.execute(
            text("UPDATE users SET password_hash = :hash WHERE id = :id"),
            {"hash": password_hash, "id": account.user_id},
        )
