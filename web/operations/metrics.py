"""The metrics that Prometheus reads: totals over all organisations, without their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from actors import group_sizes, unexpected_errors
from actors.broker import IMPORTS, INVOICES, SWEEP
from actors.consumers import count_consumers
from models.database import crossing_transaction
from models.jobs.status import ACTIVE, JobStatus
from models.tables.batch_job import BatchJob
from web.operations.metrics_access import require_metrics_access

views = Blueprint("metrics", __name__)
views.before_request(require_metrics_access)

_JOBS_BY_STATUS = select(BatchJob.status, func.count()).group_by(BatchJob.status)
_ENDED = BatchJob.successful_items + BatchJob.failed_items + BatchJob.cancelled_items
_ITEMS = select(
    func.sum(BatchJob.successful_items).label("succeeded"),
    func.sum(BatchJob.failed_items).label("failed"),
    func.sum(BatchJob.cancelled_items).label("cancelled"),
    func.sum(BatchJob.total_items - _ENDED).label("pending"),
)
_OLDEST_ACTIVE = select(func.extract("epoch", func.now() - func.min(BatchJob.created_at))).where(
    BatchJob.status.in_(ACTIVE)
)
# Dramatiq keeps all messages of a queue in one hash, waiting or in flight.
_MESSAGES = "dramatiq:{queue}.msgs"
_DEAD_LETTERS = "dramatiq:{queue}.XQ"


@views.get("/metrics")
def metrics() -> Response:
    """The metrics; a service that is down has `billmill_up` 0, and its metrics are left out."""
    return Response(generate_latest(_Metrics()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Metrics:
    """A collector for one request: the figures are in PostgreSQL and Redis, not in the process."""

    def collect(self) -> Iterable[Metric]:
        """Called by `generate_latest`."""
        database, redis = _of_database(), _of_redis()
        up = {"database": bool(database), "redis": bool(redis)}
        yield _gauge("billmill_up", "Whether the service answers.", "service", up)
        yield from database
        yield from redis


def _of_database() -> list[Metric]:
    try:
        with crossing_transaction("sweep") as session:
            jobs = dict(session.execute(_JOBS_BY_STATUS).all())
            items = session.execute(_ITEMS).one()._mapping
            age = session.execute(_OLDEST_ACTIVE).scalar_one()
    except SQLAlchemyError:
        return []
    return [
        _gauge(
            "billmill_batch_jobs",
            "Batch jobs by status.",
            "status",
            {status: jobs.get(status, 0) for status in JobStatus},
        ),
        _gauge(
            "billmill_batch_job_items",
            "Items of all batch jobs by status.",
            "status",
            {status: count or 0 for status, count in items.items()},
        ),
        GaugeMetricFamily(
            "billmill_oldest_active_batch_job_seconds",
            "Age of the oldest batch job that has not ended; 0 without one.",
            round(age or 0),
        ),
    ]


def _of_redis() -> list[Metric]:
    canonical = (INVOICES, IMPORTS, SWEEP)
    queues = [name for queue in canonical for name in (queue, f"{queue}.DQ")]
    try:
        with current_app.extensions["redis"].pipeline(transaction=False) as pipeline:
            for queue in queues:
                pipeline.hlen(_MESSAGES.format(queue=queue))
            for queue in canonical:
                pipeline.zcard(_DEAD_LETTERS.format(queue=queue))
            pipeline.hgetall(group_sizes.KEY)
            pipeline.hgetall(unexpected_errors.KEY)
            *counts, sizes, errors = pipeline.execute()
        consumers = count_consumers(current_app.extensions["redis"], canonical)
    except (RedisError, OSError):
        return []
    messages = dict(zip(queues, counts[: len(queues)], strict=True))
    dead_letters = dict(zip(canonical, counts[len(queues) :], strict=True))
    return [
        _gauge("billmill_messages", "Messages waiting or in flight.", "queue", messages),
        _gauge("billmill_dead_letters", "Messages that were given up.", "queue", dead_letters),
        _unexpected_errors(errors),
        _gauge("billmill_consumers", "Processes that consume the queue.", "queue", consumers),
        _group_sizes(sizes),
    ]


def _gauge(
    name: str, documentation: str, label: str, values: Mapping[str, float]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, documentation, labels=[label])
    for label_value, value in values.items():
        gauge.add_metric([label_value], value)
    return gauge


def _unexpected_errors(counts: Mapping[str, str]) -> CounterMetricFamily:
    counter = CounterMetricFamily(
        "billmill_unexpected_errors_total",
        "Errors in the program or the database that need a repair.",
        labels=["in"],
    )
    for where in sorted({*unexpected_errors.PLACES, *counts}):
        counter.add_metric([where], int(counts.get(where, 0)))
    return counter


def _group_sizes(counts: Mapping[str, str]) -> HistogramMetricFamily:
    groups = accumulate(int(counts.get(str(bound), 0)) for bound in group_sizes.BOUNDS)
    buckets = [(str(bound), total) for bound, total in zip(group_sizes.BOUNDS, groups, strict=True)]
    return HistogramMetricFamily(
        "billmill_commit_group_size",
        "Orders that shared a commit.",
        buckets=[*buckets, ("+Inf", buckets[-1][1])],
        sum_value=int(counts.get(group_sizes.ITEMS, 0)),
    )
