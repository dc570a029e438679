"""Programs: `Authorization: Bearer <token>`."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from models.database import engine, owner_transaction
from models.tables.api_token import ApiToken
from tests.http.conftest import Api
from tests.records import Account


def test_a_program_with_a_token_is_admitted(api: Api) -> None:
    assert api.get("/api/orders").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic Y2xlcms6c2VjcmV0",
        "",
        "Bearer \xff\xfe",
        "x" * 5000,
    ],
)
def test_a_header_without_a_valid_token_is_refused(app: Flask, header: str) -> None:
    answer = app.test_client().get("/api/orders", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "invalid_credentials"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(api: Api, clerk: Account) -> None:
    with owner_transaction() as session:
        session.execute(update(ApiToken).values(revoked_at=text("now()")))
    assert api.get("/api/orders").status_code == 401


def test_an_expired_token_is_refused_with_its_expiry_date(api: Api) -> None:
    """Only the holder of the token sees the date; for an unknown token there is none."""
    with owner_transaction() as session:
        session.execute(update(ApiToken).values(expires_at=text("now() + interval '1 minute'")))
    assert api.get("/api/orders").status_code == 200
    with owner_transaction() as session:
        session.execute(update(ApiToken).values(expires_at=text("'2026-03-01 12:00+00'")))
    answer = api.get("/api/orders")
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "token_expired"
    assert answer.get_json()["detail"] == (
        "The API token expired on 2026-03-01; an operator makes another with "
        "`billmill token create`."
    )
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_last_use_of_a_token_is_recorded_once_a_minute(api: Api) -> None:
    def last_used(**changed: object) -> datetime | None:
        with owner_transaction() as session:
            if changed:
                session.execute(update(ApiToken).values(changed))
            return session.scalars(select(ApiToken.last_used_at)).one()

    assert last_used() is None
    api.get("/api/orders")
    first = last_used()
    assert first is not None
    api.get("/api/orders")
    assert last_used() == first
    long_ago = last_used(last_used_at=first - timedelta(minutes=2))
    api.get("/api/orders")
    assert last_used() != long_ago


def test_a_program_may_read_even_if_its_use_cannot_be_recorded(api: Api) -> None:
    with owner_transaction() as session:
        role = engine().url.username
        session.execute(text(f"REVOKE UPDATE (last_used_at) ON api_tokens FROM {role}"))
    assert api.get("/api/orders").status_code == 200


def test_a_token_of_a_former_member_is_refused(api: Api) -> None:
    with owner_transaction() as session:
        session.execute(text("DELETE FROM memberships"))
    assert api.get("/api/orders").status_code == 401


def test_a_valid_cookie_does_not_help_a_wrong_token(browser: FlaskClient) -> None:
    assert browser.get("/api/orders").status_code == 200
    headers = {"Authorization": "Bearer wrong"}
    assert browser.get("/api/orders", headers=headers).status_code == 401


def test_only_the_hash_of_a_token_is_stored(api: Api) -> None:
    with owner_transaction() as session:
        row = session.execute(text("SELECT t::text FROM api_tokens t")).scalar_one()
    assert api.token not in row
