"""Errors are written for users: no internal text leaves the process."""

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import models.database
from models.settings import Settings
from tests.http.conftest import Shop, log_in
from tests.jobs.fault_kinds import raised_as
from web.api import orders
from web.app import create_app

INSIDE = ("Traceback", 'File "', "SELECT", "sqlalchemy", "psycopg", "RuntimeError", "secret-text")


def broken(app: Flask, view: str) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret-text SELECT")

    app.view_functions[view] = fail


@pytest.fixture
def browser(shop: Shop) -> FlaskClient:
    """A browser logged in to an application that a test may break."""
    client = create_app(shop.app.extensions["settings"]).test_client()
    assert log_in(client, shop.clerk.email).status_code == 302
    return client


def test_an_unexpected_error_shows_a_reference_and_the_log_has_the_rest(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    broken(browser.application, "orders_api.index")
    with caplog.at_level(logging.ERROR):
        answer = browser.get("/api/orders")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    problem = answer.get_json()
    assert problem["code"] == "internal_error"
    assert not [text for text in INSIDE if text in answer.text]
    (record,) = [record for record in caplog.records if record.exc_info]
    assert problem["reference"] in record.getMessage()
    assert "secret-text" in caplog.text


def test_an_unexpected_error_on_a_page_gives_a_page_with_a_reference(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    broken(browser.application, "invoices.index")
    answer = browser.get("/invoices")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    (reference,) = re.findall(r"<code>([0-9a-f]{12})</code>", answer.text)
    assert reference in caplog.text
    assert not [text for text in INSIDE if text in answer.text]


def test_two_errors_have_two_references(browser: FlaskClient) -> None:
    broken(browser.application, "orders_api.index")
    first, second = (browser.get("/api/orders").get_json()["reference"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/nothing", 404, "not_found"),
        ("delete", "/api/batch-jobs", 405, "method_not_allowed"),
        ("put", "/api/orders", 405, "method_not_allowed"),
    ],
)
def test_an_unknown_path_or_method_gives_a_problem_document(
    browser: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = getattr(browser, method)(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["code"] == code
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_an_unknown_page_gives_an_html_page(browser: FlaskClient) -> None:
    for path in ("/nothing", "/orders/987654", "/invoices/987654"):
        answer = browser.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "<h1>" in answer.text


def test_without_the_database_the_response_is_503_with_retry_after(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT secret-text", {}, Exception("psycopg: refused"))

    monkeypatch.setattr(models.database, "engine", away)
    answer = browser.get("/api/orders")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"
    page = browser.get("/orders")
    assert (page.status_code, page.mimetype) == (503, "text/html")
    for shown in (answer, page):
        assert not [text for text in INSIDE if text in shown.text]


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("25006", 503, "This cannot be done now: the database is read-only; please try again"),
        ("42501", 500, "Something went wrong on our side"),  # a person must fix it
        ("23514", 500, "Something went wrong on our side"),
    ],
)
def test_a_database_error_is_500_unless_its_environment_causes_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, code: str, status: int, sentence: str
) -> None:
    def search(session: Session, *_: object, **__: object) -> None:
        raised_as(code)(session)

    monkeypatch.setattr(orders, "search_orders", search)
    answer = shop.api.get("/api/orders")
    assert answer.status_code == status
    assert sentence in answer.get_json()["detail"]
    assert "made for a test" not in answer.text


def test_a_refused_connection_means_that_the_database_is_unavailable(shop: Shop) -> None:
    nowhere = "postgresql://billmill@127.0.0.1:1/nowhere"
    settings: Settings = shop.app.extensions["settings"]
    try:
        app = create_app(replace(settings, database_url=nowhere))
        answer = app.test_client().get("/api/orders", headers=shop.api.headers)
        assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    finally:
        models.database.configure(settings.database_url, settings.migration_database_url)
