"""Programs: `Authorization: Bearer <token>`."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update

from models.database import org_transaction, owner_transaction
from models.organization import ApiToken
from tests.http.conftest import Api
from tests.records import Account


def test_a_token_lets_a_program_in(api: Api) -> None:
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
def test_what_is_no_token_is_refused(app: Flask, header: str) -> None:
    answer = app.test_client().get("/api/orders", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "invalid_credentials"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(api: Api, clerk: Account) -> None:
    with org_transaction(clerk.organization_id) as session:
        session.execute(update(ApiToken).values(revoked_at=text("now()")))
    assert api.get("/api/orders").status_code == 401


def test_a_token_of_someone_who_has_left_is_refused(api: Api) -> None:
    with owner_transaction() as session:
        session.execute(text("DELETE FROM memberships"))
    assert api.get("/api/orders").status_code == 401


def test_a_wrong_token_is_not_made_good_by_a_cookie(browser: FlaskClient) -> None:
    assert browser.get("/api/orders").status_code == 200
    headers = {"Authorization": "Bearer wrong"}
    assert browser.get("/api/orders", headers=headers).status_code == 401


def test_only_the_hash_of_a_token_is_kept(api: Api) -> None:
    with owner_transaction() as session:
        row = session.execute(text("SELECT t::text FROM api_tokens t")).scalar_one()
    assert api.token not in row
