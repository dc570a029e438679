"""A missing page shows the navigation to users who are logged in."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

import models.database
from tests.http.conftest import Shop, log_in

NAVIGATION = 'aria-label="Main"'


@pytest.fixture
def visitor(shop: Shop) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    client = shop.app.test_client()
    assert log_in(client, shop.clerk.email).status_code == 302
    return client


@pytest.mark.parametrize("address", ["/nothing", "/jobs/no-job", "/orders/987654", "/login/more"])
def test_a_missing_page_keeps_the_navigation_for_a_user(
    visitor: FlaskClient, shop: Shop, address: str
) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 404
    assert NAVIGATION in answer.text
    assert shop.clerk.email in answer.text


def test_a_missing_page_has_no_navigation_without_a_login(shop: Shop) -> None:
    answer = shop.app.test_client().get("/nothing")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert NAVIGATION not in answer.text


def test_a_missing_page_needs_no_database(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("refused"))

    monkeypatch.setattr(models.database, "engine", away)
    answer = visitor.get("/nothing")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
