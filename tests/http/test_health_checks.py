"""The endpoints for operators' tools: alive, ready, metrics."""

from dataclasses import replace

import dramatiq

import models.database
from models.settings import Settings
from tests.http.conftest import Shop
from tests.waiting import wait_for
from web.app import create_app


def test_the_process_is_alive_without_any_service(shop: Shop) -> None:
    assert shop.app.test_client().get("/healthz").get_json() == {"status": "alive"}


def test_the_application_is_ready_when_database_and_redis_are_available(shop: Shop) -> None:
    answer = shop.app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "database": True,
        "redis": True,
        "working": False,
        "consumers": {"invoices": 0, "imports": 0, "sweep": 0},
    }


def test_readiness_and_metrics_count_the_consumers_of_each_queue(
    shop: Shop, worker: dramatiq.Worker
) -> None:
    client = shop.app.test_client()

    def consumers() -> dict[str, int]:
        told: dict[str, int] = client.get("/readyz").get_json()["consumers"]
        return told

    wait_for(lambda: consumers() == {"invoices": 1, "imports": 0, "sweep": 0}, 30)
    assert client.get("/readyz").get_json()["working"] is False
    assert 'billmill_consumers{queue="invoices"} 1' in client.get("/metrics").text
    worker.stop()
    wait_for(lambda: consumers() == {"invoices": 0, "imports": 0, "sweep": 0}, 30)


def test_the_application_is_not_ready_without_redis_or_database(shop: Shop) -> None:
    settings: Settings = shop.app.extensions["settings"]
    no_redis = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    answer = no_redis.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not ready",
        "database": True,
        "redis": False,
        "working": False,
        "consumers": None,
    }
    nowhere = "postgresql://billmill@127.0.0.1:1/nowhere"
    try:
        no_database = create_app(replace(settings, database_url=nowhere)).test_client()
        answer = no_database.get("/readyz")
        assert answer.status_code == 503
        told = answer.get_json()
        assert (told["status"], told["database"], told["redis"]) == ("not ready", False, True)
        metrics = no_database.get("/metrics")
        assert metrics.status_code == 200
        assert 'billmill_up{service="database"} 0' in metrics.text
        assert 'billmill_up{service="redis"} 1' in metrics.text
        assert no_database.get("/healthz").status_code == 200
    finally:
        models.database.configure(settings.database_url, settings.migration_database_url)
