"""A request that waits for a locked row gets a response with the reason within five seconds."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

import models.database
from actors.create_invoice import create_invoice
from models.database import org_transaction, owner_transaction
from models.jobs.submission import Submission, submit_orders
from tests.http.conftest import Api
from tests.records import Account, new_orders
from tests.storage.orders_files import orders_file, row

SHORT = "200ms"
BOUND_SECONDS = 5.0
SERIES = "SELECT FROM number_series FOR UPDATE"
FIRST_OF_SERIES = (
    "INSERT INTO number_series (organization_id, series, year, last_number, last_issue_date) "
    "SELECT id, 'INV', extract(year FROM now()), 0, current_date FROM organizations"
)
ORDERS = "SELECT FROM orders FOR UPDATE"
CUSTOMERS = "SELECT FROM customers FOR UPDATE"
JOBS = "SELECT FROM batch_job_queue FOR UPDATE"
ITEMS = "SELECT FROM batch_job_items FOR UPDATE"
ALL_ORDERS = "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
def impatient(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the wait for a lock from four seconds to a fifth of a second."""
    at_server = {**models.database._AT_SERVER, "lock_timeout": SHORT}
    monkeypatch.setattr(models.database, "_AT_SERVER", at_server)
    models.database.dispose()
    with models.database.engine().connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == SHORT


@contextmanager
def held(*statements: str) -> Iterator[Session]:
    """Another session holds these locks until the block ends."""
    with owner_transaction() as session:
        for statement in statements:
            session.execute(text(statement))
        yield session


def job_with_a_failure(clerk: Account) -> tuple[UUID, list[int]]:
    order_ids = new_orders(clerk, 3, flawed=[0], prefix="J")
    submission = Submission(clerk.user_id, idempotency_key="known")
    job_id = submit_orders(clerk.organization_id, order_ids, submission).job_id
    create_invoice(str(job_id), order_ids[0])
    return job_id, order_ids


Ask = Callable[[Api, UUID, list[int]], Any]


def invoice(api: Api, _job: UUID, orders: list[int]) -> Any:
    return api.post(f"/api/orders/{orders[1]}/invoice")


def import_changed(api: Api, _job: UUID, _orders: list[int]) -> Any:
    file = orders_file([row(order_number="A-1", quantity="9", street="Elbchaussee 1")])
    return api.post("/api/orders/import", data=file, content_type="text/csv")


def act(name: str) -> Ask:
    return lambda api, job, _orders: api.post(f"/api/batch-jobs/{job}/{name}", json={})


@pytest.mark.parametrize(
    ("locks", "ask", "code", "names"),
    [
        (SERIES, invoice, "series_in_use", "number series"),
        (ORDERS, invoice, "in_use", "An order"),
        (ORDERS, import_changed, "in_use", "An order"),
        (CUSTOMERS, import_changed, "in_use", "A customer"),
        (JOBS, act("pause"), "in_use", "The job"),
        (JOBS, act("cancel"), "in_use", "The job"),
        (JOBS, act("retry-failed"), "in_use", "The job"),
        (ITEMS, act("retry-failed"), "in_use", "An order of the job"),
        (ALL_ORDERS, invoice, "in_use", "What this needs"),
    ],
)
def test_the_response_names_what_is_in_use(
    api: Api, clerk: Account, impatient: None, locks: str, ask: Ask, code: str, names: str
) -> None:
    job_id, order_ids = job_with_a_failure(clerk)
    api.post(f"/api/orders/{order_ids[2]}/invoice")
    api.post(
        "/api/orders/import", data=orders_file([row(order_number="A-1")]), content_type="text/csv"
    )
    with held(locks):
        answer = ask(api, job_id, order_ids)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (503, code), problem
    assert problem["detail"].startswith(names) or names in problem["detail"]
    assert answer.headers["Retry-After"] == "5"
    assert not re.search("lock|transaction|tuple|relation", problem["detail"])

    again = ask(api, job_id, order_ids)
    assert again.status_code < 300, again.text


def test_the_first_number_of_a_series_can_be_in_use_too(
    api: Api, clerk: Account, impatient: None
) -> None:
    (order_id,) = new_orders(clerk, 1)
    with held(f"{FIRST_OF_SERIES} WHERE slug = 'alpha'"):
        answer = api.post(f"/api/orders/{order_id}/invoice")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "series_in_use")


@pytest.mark.slow(reason="waits four seconds, as long as the application does")
def test_a_locked_series_is_reported_within_five_seconds(api: Api, clerk: Account) -> None:
    first, second = new_orders(clerk, 2)
    api.post(f"/api/orders/{first}/invoice")
    with held(SERIES):
        before = time.monotonic()
        answer = api.post(f"/api/orders/{second}/invoice")
        took = time.monotonic() - before
    assert (answer.status_code, answer.get_json()["code"]) == (503, "series_in_use")
    assert took < BOUND_SECONDS


def test_a_job_is_cancelled_although_its_orders_are_locked(
    api: Api, clerk: Account, impatient: None
) -> None:
    job_id, _order_ids = job_with_a_failure(clerk)
    with held(ITEMS):
        answer = api.post(f"/api/batch-jobs/{job_id}/cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")


def test_a_request_waits_for_the_same_request_that_is_being_stored(
    api: Api, clerk: Account, impatient: None
) -> None:
    order_ids = new_orders(clerk, 2)
    stored = text(
        "INSERT INTO batch_job_queue (organization_id, total_items, created_by, idempotency_key, "
        "request_hash) SELECT :organization, 1, :user, 'twice', 'x'"
    )
    with org_transaction(clerk.organization_id) as session:
        session.execute(stored, {"organization": clerk.organization_id, "user": clerk.user_id})
        headers = api.headers | {"Idempotency-Key": "twice"}
        body = {"order_ids": order_ids}
        answer = api._client.post("/api/batch-jobs", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "in_use")


def test_a_page_whose_table_is_locked_says_so(browser: FlaskClient, impatient: None) -> None:
    with held(ALL_ORDERS):
        answer = browser.get("/orders")
    assert answer.status_code == 503
    assert "in use elsewhere" in answer.text


def test_a_statement_that_takes_too_long_is_reported(
    api: Api, clerk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(session: Session, *_: Any, **__: Any) -> None:
        session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        session.execute(text("SELECT pg_sleep(30)"))

    monkeypatch.setattr("web.api.orders.search_orders", slow)
    answer = api.get("/api/orders")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "took_too_long")
