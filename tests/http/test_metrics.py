"""/metrics: names, types, labels and values, as Prometheus reads them."""

import redis
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.http.conftest import Shop

# These names must not change: users' dashboards and alerts contain them.
METRICS = """\
# TYPE billmill_up gauge
billmill_up{service="database"} 1
billmill_up{service="redis"} 1
# TYPE billmill_batch_jobs gauge
billmill_batch_jobs{status="pending"} 1
billmill_batch_jobs{status="processing"} 0
billmill_batch_jobs{status="paused"} 0
billmill_batch_jobs{status="completed"} 0
billmill_batch_jobs{status="failed"} 0
billmill_batch_jobs{status="cancelled"} 0
# TYPE billmill_batch_job_items gauge
billmill_batch_job_items{status="succeeded"} 0
billmill_batch_job_items{status="failed"} 0
billmill_batch_job_items{status="cancelled"} 0
billmill_batch_job_items{status="pending"} 2
# TYPE billmill_oldest_active_batch_job_seconds gauge
billmill_oldest_active_batch_job_seconds 0
# TYPE billmill_messages gauge
billmill_messages{queue="invoices"} 2
billmill_messages{queue="invoices.DQ"} 0
billmill_messages{queue="imports"} 0
billmill_messages{queue="imports.DQ"} 0
billmill_messages{queue="sweep"} 0
billmill_messages{queue="sweep.DQ"} 0
# TYPE billmill_dead_letters gauge
billmill_dead_letters{queue="invoices"} 2
billmill_dead_letters{queue="imports"} 0
billmill_dead_letters{queue="sweep"} 0
# TYPE billmill_unexpected_errors_total counter
billmill_unexpected_errors_total{in="create_invoice"} 3
billmill_unexpected_errors_total{in="delete_import_files"} 0
billmill_unexpected_errors_total{in="finish_cancelling_job"} 0
billmill_unexpected_errors_total{in="import_slice"} 0
billmill_unexpected_errors_total{in="progress"} 0
billmill_unexpected_errors_total{in="sweep_imports"} 0
billmill_unexpected_errors_total{in="sweep_jobs"} 0
# TYPE billmill_consumers gauge
billmill_consumers{queue="invoices"} 0
billmill_consumers{queue="imports"} 0
billmill_consumers{queue="sweep"} 0
# TYPE billmill_commit_group_size histogram
billmill_commit_group_size_bucket{le="1"} 3
billmill_commit_group_size_bucket{le="2"} 3
billmill_commit_group_size_bucket{le="4"} 3
billmill_commit_group_size_bucket{le="8"} 3
billmill_commit_group_size_bucket{le="16"} 3
billmill_commit_group_size_bucket{le="32"} 3
billmill_commit_group_size_bucket{le="64"} 5
billmill_commit_group_size_bucket{le="128"} 5
billmill_commit_group_size_bucket{le="256"} 5
billmill_commit_group_size_bucket{le="+Inf"} 5
billmill_commit_group_size_sum 100
billmill_commit_group_size_count 5
"""


def read(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))


def value(shop: Shop, name: str, **labels: str) -> float:
    """The value of one sample of /metrics."""
    (found,) = [
        sample.value
        for metric in read(shop.app.test_client().get("/metrics").text)
        for sample in metric.samples
        if (sample.name, sample.labels) == (name, labels)
    ]
    return found


def test_metrics_count_all_organisations_under_stable_names_and_name_none(
    shop: Shop, redis_client: redis.Redis
) -> None:
    assert shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders}).status_code == 202
    redis_client.hset("billmill:group_sizes", mapping={"1": 3, "64": 2, "items": 100})
    redis_client.zadd("dramatiq:invoices.XQ", {"a": 1, "b": 2})
    redis_client.hset("billmill:unexpected_errors", "create_invoice", 3)
    answer = shop.app.test_client().get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    expected, found = read(METRICS), read(answer.text)
    assert [(metric.name, metric.type) for metric in found] == [
        (metric.name, metric.type) for metric in expected
    ]
    for before, now in zip(expected, found, strict=True):
        assert now.documentation
        if now.name == "billmill_oldest_active_batch_job_seconds":
            assert 0 <= now.samples[0].value < 60
            assert [sample.labels for sample in now.samples] == [{}]
        else:
            assert sorted(now.samples, key=repr) == sorted(before.samples, key=repr)
    for name in ("alpha", "Alpha", "clerk", "beta"):
        assert name not in answer.text


def test_each_metric_is_one_block(shop: Shop) -> None:
    names = [metric.name for metric in read(shop.app.test_client().get("/metrics").text)]
    assert len(names) == len(set(names))


def test_metrics_show_how_many_orders_share_a_commit(shop: Shop, redis_client: redis.Redis) -> None:
    redis_client.hset("billmill:group_sizes", mapping={"1": 3, "64": 2, "items": 100})
    assert value(shop, "billmill_commit_group_size_bucket", le="32") == 3
    assert value(shop, "billmill_commit_group_size_bucket", le="64") == 5
    assert value(shop, "billmill_commit_group_size_bucket", le="+Inf") == 5
    assert value(shop, "billmill_commit_group_size_sum") == 100
    assert value(shop, "billmill_commit_group_size_count") == 5


def test_metrics_show_dead_letters_and_unexpected_errors(
    shop: Shop, redis_client: redis.Redis
) -> None:
    redis_client.zadd("dramatiq:invoices.XQ", {"a": 1, "b": 2})
    redis_client.hset("billmill:unexpected_errors", "create_invoice", 3)
    assert value(shop, "billmill_dead_letters", queue="invoices") == 2
    assert value(shop, "billmill_dead_letters", queue="sweep") == 0
    assert value(shop, "billmill_unexpected_errors_total", **{"in": "create_invoice"}) == 3
    assert value(shop, "billmill_unexpected_errors_total", **{"in": "sweep_jobs"}) == 0
