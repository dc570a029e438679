"""Failed logins are in the audit log, which reveals nothing to the person who tries them."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

import web.logins.failed_logins
from models.accounts.lookup import Account as ModelAccount
from models.accounts.password_login import Candidate
from models.database import owner_transaction
from models.tables.membership import Membership
from tests.cli.acts import acts_of
from tests.http.conftest import PASSWORD, log_in
from tests.records import Account, new_account
from tests.waiting import wait_for
from web.logins.failed_logins import MAX_ACCOUNTS, FailedLogins, Failures

NOBODY = "nobody@alpha.example"


def failed(account: Account) -> list[dict[str, Any]]:
    """The failed logins in the organisation's audit log."""
    return [
        details
        for action, user, details in acts_of(account)
        if action == "login.failed" and user is None
    ]


def test_a_wrong_password_is_logged_in_each_organisation_of_the_account(
    app: Flask, clerk: Account
) -> None:
    gamma = new_account("gamma")
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(organization_id=gamma.organization_id, user_id=clerk.user_id)
        )
    log_in(app.test_client(), clerk.email.upper(), "wrong")
    told = {
        "email": clerk.email, "wrong_passwords": 1, "refused": 0, "addresses": ["127.0.0.1"]
    }  # fmt: skip
    for organization in (clerk, gamma):
        wait_for(lambda one=organization: failed(one) == [told])  # type: ignore[misc]


def test_logins_refused_by_the_limit_are_counted_too(app: Flask, clerk: Account) -> None:
    client = app.test_client()
    for _ in range(10):
        assert log_in(client, clerk.email, "wrong").status_code == 401
    assert log_in(client, clerk.email, PASSWORD).status_code == 429

    def counted() -> tuple[int, int]:
        rows = failed(clerk)
        return sum(row["wrong_passwords"] for row in rows), sum(row["refused"] for row in rows)

    wait_for(lambda: counted() == (10, 1))


def test_an_unknown_email_is_logged_nowhere(app: Flask, clerk: Account, stranger: Account) -> None:
    client = app.test_client()
    for email in (NOBODY, clerk.email):
        assert log_in(client, email, "wrong").status_code == 401
    wait_for(lambda: len(failed(clerk)) == 1)
    assert failed(stranger) == []
    with owner_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_log")) == 1


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row per account and minute, as in production; the test calls the thread's work itself."""
    monkeypatch.setattr(web.logins.failed_logins, "EVERY_SECONDS", 60.0)
    monkeypatch.setattr(FailedLogins, "_run", lambda _self: None)


class Log:
    """Receives the rows; fails while it is away."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rows: list[tuple[str, int, int, list[str]]] = []
        self.away = False

    def note(self, failures: Failures) -> None:
        if self.away:
            raise OperationalError("INSERT", {}, Exception("away"))
        who = failures.accounts[0].email
        self.rows.append((who, failures.wrong, failures.refused, failures.addresses))


def candidate(user_id: int) -> Candidate:
    account = ModelAccount(user_id, f"{user_id}@a.example", "admin", 1, "a", "A", "mark")
    return Candidate(f"user {user_id}", (account,), "-")


def test_a_flood_makes_one_row_per_account_and_minute(minute: None) -> None:
    log = Log()
    logins = FailedLogins(log.note, clock=lambda: log.now)
    logins.add(candidate(1), "192.0.2.1", refused=False)
    logins.write()
    assert log.rows == [("1@a.example", 1, 0, ["192.0.2.1"])]
    for number in range(5_000):
        logins.add(candidate(1), f"192.0.2.{number % 200}", refused=number >= 50)
        log.now += 0.01
        logins.write()
    assert len(log.rows) == 1
    logins.add(candidate(2), "198.51.100.1", refused=False)
    logins.write()
    log.now = 60.0
    logins.write()
    assert log.rows[1:] == [
        ("2@a.example", 1, 0, ["198.51.100.1"]),
        ("1@a.example", 50, 4_950, [f"192.0.2.{number}" for number in range(5)]),
    ]
    log.now = 200.0
    logins.write()
    assert len(log.rows) == 3


def test_waiting_failures_are_bounded_and_written_before_the_process_ends(minute: None) -> None:
    log = Log()
    logins = FailedLogins(log.note, clock=lambda: log.now)
    for user_id in range(2 * MAX_ACCOUNTS):
        logins.add(candidate(user_id), "192.0.2.1", refused=False)
    logins.write()
    assert len(log.rows) == MAX_ACCOUNTS
    logins.add(candidate(1), "192.0.2.1", refused=False)
    logins.write()
    assert len(log.rows) == MAX_ACCOUNTS
    logins.write(everything=True)
    assert len(log.rows) == MAX_ACCOUNTS + 1


def test_failures_are_kept_while_the_database_is_away(minute: None) -> None:
    log = Log()
    logins = FailedLogins(log.note, clock=lambda: log.now)
    log.away = True
    logins.add(candidate(1), "192.0.2.1", refused=False)
    logins.write()
    logins.add(candidate(1), "192.0.2.2", refused=True)
    log.away, log.now = False, 61.0
    logins.write()
    assert log.rows == [("1@a.example", 1, 1, ["192.0.2.1", "192.0.2.2"])]


def test_a_successful_login_is_not_logged_as_a_failure(
    browser: FlaskClient, clerk: Account
) -> None:
    assert [action for action, _, _ in acts_of(clerk)] == ["session.opened"]
