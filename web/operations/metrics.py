"""Figures for Prometheus, in its text format; of all organisations together, naming none."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from flask import Blueprint, Response, current_app
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from actors import group_sizes, unexpected_errors
from actors.broker import INVOICES, SWEEP
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
# Dramatiq keeps the messages of a queue, waiting or being worked on, in one hash.
_MESSAGES = "dramatiq:{queue}.msgs"
_DEAD_LETTERS = "dramatiq:{queue}.XQ"


@views.get("/metrics")
def metrics() -> Response:
    """A service that is away shows as `billmill_up` 0, and its figures are left out."""
    database, redis = _of_database(), _of_redis()
    lines = [
        "# TYPE billmill_up gauge",
        f'billmill_up{{service="database"}} {int(bool(database))}',
        f'billmill_up{{service="redis"}} {int(bool(redis))}',
        *database,
        *redis,
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def _of_database() -> list[str]:
    try:
        with crossing_transaction("sweep") as session:
            jobs = dict(session.execute(_JOBS_BY_STATUS).all())
            items = session.execute(_ITEMS).one()._mapping
            age = session.execute(_OLDEST_ACTIVE).scalar_one()
    except SQLAlchemyError:
        return []
    return [
        "# TYPE billmill_batch_jobs gauge",
        *(f'billmill_batch_jobs{{status="{one}"}} {jobs.get(one, 0)}' for one in JobStatus),
        "# TYPE billmill_batch_job_items gauge",
        *(f'billmill_batch_job_items{{status="{one}"}} {n or 0}' for one, n in items.items()),
        "# TYPE billmill_oldest_active_batch_job_seconds gauge",
        f"billmill_oldest_active_batch_job_seconds {float(age or 0):.0f}",
    ]


def _of_redis() -> list[str]:
    canonical = (INVOICES, SWEEP)
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
            lengths = dict(zip(queues, counts[: len(queues)], strict=True))
            dead = dict(zip(canonical, counts[len(queues) :], strict=True))
        consumers = count_consumers(current_app.extensions["redis"], canonical)
    except (RedisError, OSError):
        return []
    return [
        "# TYPE billmill_messages gauge",
        *(f'billmill_messages{{queue="{queue}"}} {count}' for queue, count in lengths.items()),
        "# TYPE billmill_dead_letters gauge",
        *(f'billmill_dead_letters{{queue="{queue}"}} {count}' for queue, count in dead.items()),
        "# TYPE billmill_unexpected_errors_total counter",
        *(
            f'billmill_unexpected_errors_total{{in="{where}"}} {errors.get(where, 0)}'
            for where in sorted({*unexpected_errors.PLACES, *errors})
        ),
        "# TYPE billmill_consumers gauge",
        *(f'billmill_consumers{{queue="{queue}"}} {count}' for queue, count in consumers.items()),
        *_group_sizes(sizes),
    ]


def _group_sizes(counts: Mapping[str, str]) -> list[str]:
    name = "billmill_commit_group_size"
    below = [int(counts.get(str(bound), 0)) for bound in group_sizes.BOUNDS]
    groups = sum(below)
    return [
        f"# TYPE {name} histogram",
        *(
            f'{name}_bucket{{le="{bound}"}} {count}'
            for bound, count in zip(group_sizes.BOUNDS, accumulate(below), strict=True)
        ),
        f'{name}_bucket{{le="+Inf"}} {groups}',
        f"{name}_sum {counts.get(group_sizes.ITEMS, 0)}",
        f"{name}_count {groups}",
    ]
