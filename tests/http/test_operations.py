"""What operators' tools ask: alive, ready, metrics."""

import re
from dataclasses import replace

import dramatiq
import redis

import models.database
from models.settings import Settings
from tests.http.conftest import Shop
from tests.waiting import wait_for
from web.app import create_app

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[A-Za-z0-9._+]+"\})? \d+')


def test_the_process_is_alive_without_any_service(shop: Shop) -> None:
    assert shop.app.test_client().get("/healthz").get_json() == {"status": "alive"}


def test_it_is_ready_when_database_and_redis_answer(shop: Shop) -> None:
    answer = shop.app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "database": True,
        "redis": True,
        "working": False,
        "consumers": {"invoices": 0, "sweep": 0},
    }


def test_readiness_and_metrics_tell_who_consumes_which_queue(
    shop: Shop, worker: dramatiq.Worker
) -> None:
    client = shop.app.test_client()

    def consumers() -> dict[str, int]:
        told: dict[str, int] = client.get("/readyz").get_json()["consumers"]
        return told

    wait_for(lambda: consumers() == {"invoices": 1, "sweep": 0}, 30)
    assert client.get("/readyz").get_json()["working"] is False
    assert 'billmill_consumers{queue="invoices"} 1' in client.get("/metrics").text
    worker.stop()
    wait_for(lambda: consumers() == {"invoices": 0, "sweep": 0}, 30)


def test_it_is_not_ready_without_redis_or_database(shop: Shop) -> None:
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


def test_metrics_count_the_jobs_and_messages_of_all_organisations_and_name_none(
    shop: Shop, redis_client: redis.Redis
) -> None:
    assert shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders}).status_code == 202
    text = shop.app.test_client().get("/metrics").text
    assert 'billmill_batch_jobs{status="pending"} 1' in text
    assert 'billmill_batch_job_items{status="pending"} 2' in text
    assert 'billmill_messages{queue="invoices"} 2' in text
    for line in text.splitlines():
        assert line.startswith("# TYPE ") or SAMPLE.fullmatch(line), line
    for name in ("alpha", "Alpha", "clerk", "beta"):
        assert name not in text


def test_metrics_list_each_figure_in_one_block(shop: Shop) -> None:
    names = [
        re.split(r"[ {]", line.removeprefix("# TYPE "))[0]
        for line in shop.app.test_client().get("/metrics").text.splitlines()
    ]
    blocks = [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]
    assert len(blocks) == len(set(blocks))


def test_metrics_tell_how_many_orders_share_a_commit(shop: Shop, redis_client: redis.Redis) -> None:
    redis_client.hset("billmill:group_sizes", mapping={"1": 3, "64": 2, "items": 100})
    text = shop.app.test_client().get("/metrics").text
    assert 'billmill_commit_group_size_bucket{le="32"} 3' in text
    assert 'billmill_commit_group_size_bucket{le="64"} 5' in text
    assert 'billmill_commit_group_size_bucket{le="+Inf"} 5' in text
    assert "billmill_commit_group_size_sum 100" in text
    assert "billmill_commit_group_size_count 5" in text


def test_metrics_tell_of_dead_letters_and_of_errors_that_nobody_foresaw(
    shop: Shop, redis_client: redis.Redis
) -> None:
    redis_client.zadd("dramatiq:invoices.XQ", {"a": 1, "b": 2})
    redis_client.hset("billmill:unexpected_errors", "create_invoice", 3)
    text = shop.app.test_client().get("/metrics").text
    assert 'billmill_dead_letters{queue="invoices"} 2' in text
    assert 'billmill_dead_letters{queue="sweep"} 0' in text
    assert 'billmill_unexpected_errors_total{in="create_invoice"} 3' in text
    assert 'billmill_unexpected_errors_total{in="sweep_jobs"} 0' in text
