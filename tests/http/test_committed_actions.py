"""A committed action is reported as done, whatever goes wrong after the commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actors import broker, dispatch, job_control, lost_messages, progress
from tests.http.conftest import Api, Shop, job_at_its_end
from tests.records import new_orders
from tests.workers import invoice_worker
from web.api import batch_jobs, invoices

FAULTS = {
    "full pool": PoolTimeout("made for a test"),
    "lost connection": OperationalError("made for a test", {}, Exception("it is gone")),
}


@pytest.fixture(params=FAULTS)
def database_fails(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Once called, only the first transaction of an action succeeds; all others fail."""
    transaction = job_control.org_transaction

    @contextmanager
    def no_other(*_: Any, **__: Any) -> Iterator[Any]:
        raise FAULTS[request.param]
        yield

    def begin() -> None:
        for module in (dispatch, progress, batch_jobs, invoices):
            monkeypatch.setattr(module, "org_transaction", no_other)
        left = [transaction]

        def only_the_first(*arguments: Any, **named: Any) -> Any:
            return (left.pop() if left else no_other)(*arguments, **named)

        monkeypatch.setattr(job_control, "org_transaction", only_the_first)

    return begin


@pytest.fixture(params=["redis answers", "redis is away"])
def maybe_redis(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RedisAway("made for a test")

    if request.param == "redis is away":
        monkeypatch.setattr(broker.broker, "enqueue_all", refuse)
        monkeypatch.setattr(broker.broker, "enqueue", refuse)
        monkeypatch.setattr(lost_messages, "messages_in_flight", refuse)
        monkeypatch.setattr(progress, "_write_and_publish", refuse)


def submitted(api: Api, orders: list[int]) -> str:
    job_id: str = api.post("/api/batch-jobs", json={"order_ids": orders}).get_json()["id"]
    return job_id


@pytest.mark.usefixtures("maybe_redis")
@pytest.mark.parametrize(
    ("before", "act", "status"),
    [("", "cancel", "cancelled"), ("", "pause", "paused"), ("pause", "resume", "processing")],
)
def test_an_action_on_a_job_returns_the_job(
    shop: Shop, database_fails: Callable[[], None], before: str, act: str, status: str
) -> None:
    job = f"/api/batch-jobs/{submitted(shop.api, shop.orders)}"
    if before:
        assert shop.api.post(f"{job}/{before}").status_code == 200

    database_fails()
    answer = shop.api.post(f"{job}/{act}")

    assert (answer.status_code, answer.get_json()["status"]) == (200, status)


def test_a_retry_returns_the_job(
    shop: Shop, database_fails: Callable[[], None], request: pytest.FixtureRequest
) -> None:
    flawed = new_orders(shop.clerk, 2, flawed=[0], prefix=f"{request.node.name[-9:]}-")
    job_id = submitted(shop.api, flawed)
    with invoice_worker():
        job_at_its_end(shop.api, job_id)

    database_fails()
    answer = shop.api.post(f"/api/batch-jobs/{job_id}/retry-failed")

    assert (answer.status_code, answer.get_json()["status"]) == (200, "processing")


@pytest.mark.usefixtures("maybe_redis")
def test_a_submit_returns_the_job(shop: Shop, database_fails: Callable[[], None]) -> None:
    database_fails()
    answer = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders})

    assert (answer.status_code, answer.get_json()["total_items"]) == (202, len(shop.orders))


def test_invoicing_a_single_order_returns_the_invoice(
    shop: Shop, database_fails: Callable[[], None]
) -> None:
    (order_id,) = new_orders(shop.clerk, 1, prefix=f"{len(shop.api.get('/api/invoices').text)}-")
    database_fails()
    answer = shop.api.post(f"/api/orders/{order_id}/invoice")

    assert (answer.status_code, answer.get_json()["order_id"]) == (201, order_id)
