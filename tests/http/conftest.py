"""What tests of the web need: the application, and people and programs who ask it things."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from models.api_tokens import create_token
from models.database import org_transaction, owner_transaction
from models.organization import User
from models.settings import Settings
from tests.records import Account, new_account

PASSWORD = "correct horse battery staple"
ORIGIN = "http://localhost"
# Verifying costs what the hash says, and tests log in often.
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The application on a fresh database and an emptied Redis."""
    from web.app import create_app  # reads the environment that the session's start sets

    return create_app(settings)


@pytest.fixture
def clerk(app: Flask) -> Account:
    """A user of the organisation `alpha`, who can log in with `PASSWORD`."""
    return with_password(new_account("alpha"))


@pytest.fixture
def stranger(app: Flask) -> Account:
    """A user of another organisation, `beta`."""
    return new_account("beta")


@pytest.fixture
def browser(app: Flask, clerk: Account) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    client = app.test_client()
    answer = log_in(client, clerk.email)
    assert answer.status_code == 302
    return client


class Api:
    """A program with an API token; answers are those of Flask's test client."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = app.test_client()
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._client.get(path, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self._client.post(path, headers=self.headers, **options)


@pytest.fixture
def api(app: Flask, clerk: Account) -> Api:
    """The clerk's program."""
    return Api(app, token_of(clerk))


@pytest.fixture
def strangers_api(app: Flask, stranger: Account) -> Api:
    """A program of the other organisation."""
    return Api(app, token_of(stranger))


def with_password(account: Account) -> Account:
    """The account, which can log in with `PASSWORD` from now on."""
    with owner_transaction() as session:
        session.execute(
            update(User)
            .where(User.id == account.user_id)
            .values(password_hash=CHEAP.hash(PASSWORD))
        )
    return account


def token_of(account: Account, name: str = "test") -> str:
    """A new API token of the account."""
    with org_transaction(account.organization_id) as session:
        return create_token(
            session,
            organization_id=account.organization_id,
            user_id=account.user_id,
            name=name,
        )


def log_in(
    client: FlaskClient, email: str, password: str = PASSWORD, **options: Any
) -> TestResponse:
    """Sends the login form as a browser does."""
    headers = options.pop("headers", {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    form = {"email": email, "password": password, "next": "/jobs"}
    return client.post("/login", data=form, headers=headers, **options)
