"""Figures for Prometheus, in its text format; of all organisations together, naming none."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, current_app
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from actors.broker import INVOICES, SWEEP
from models.batch_job import BatchJob
from models.database import crossing_transaction
from models.job_status import ACTIVE, JobStatus

views = Blueprint("metrics", __name__)

# Dramatiq keeps the messages of a queue, waiting or being worked on, in one hash.
_MESSAGES = "dramatiq:{queue}.msgs"


@views.get("/metrics")
def metrics() -> Response:
    """A service that is away shows as `billmill_up` 0, and its figures are left out."""
    lines = [*_of_database(), *_of_redis()]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def _of_database() -> Iterator[str]:
    try:
        with crossing_transaction("sweep") as session:
            jobs = dict(
                session.execute(select(BatchJob.status, func.count()).group_by(BatchJob.status))
                .tuples()
                .all()
            )
            ended = session.execute(
                select(
                    func.coalesce(func.sum(BatchJob.successful_items), 0),
                    func.coalesce(func.sum(BatchJob.failed_items), 0),
                    func.coalesce(func.sum(BatchJob.cancelled_items), 0),
                    func.coalesce(func.sum(BatchJob.total_items), 0),
                )
            ).one()
            oldest = session.execute(
                select(func.extract("epoch", func.now() - func.min(BatchJob.created_at))).where(
                    BatchJob.status.in_(ACTIVE)
                )
            ).scalar_one()
    except SQLAlchemyError:
        yield from _up("database", False)
        return
    yield from _up("database", True)
    yield "# TYPE billmill_batch_jobs gauge"
    for status in JobStatus:
        yield f'billmill_batch_jobs{{status="{status}"}} {jobs.get(status, 0)}'
    succeeded, failed, cancelled, total = map(int, ended)
    yield "# TYPE billmill_batch_job_items gauge"
    yield f'billmill_batch_job_items{{status="succeeded"}} {succeeded}'
    yield f'billmill_batch_job_items{{status="failed"}} {failed}'
    yield f'billmill_batch_job_items{{status="cancelled"}} {cancelled}'
    pending = total - succeeded - failed - cancelled
    yield f'billmill_batch_job_items{{status="pending"}} {pending}'
    yield "# TYPE billmill_oldest_active_batch_job_seconds gauge"
    yield f"billmill_oldest_active_batch_job_seconds {float(oldest or 0):.0f}"


def _of_redis() -> Iterator[str]:
    queues = [name for queue in (INVOICES, SWEEP) for name in (queue, f"{queue}.DQ")]
    try:
        with current_app.extensions["redis"].pipeline(transaction=False) as pipeline:
            for queue in queues:
                pipeline.hlen(_MESSAGES.format(queue=queue))
            lengths = pipeline.execute()
    except (RedisError, OSError):
        yield from _up("redis", False)
        return
    yield from _up("redis", True)
    yield "# TYPE billmill_messages gauge"
    for queue, length in zip(queues, lengths, strict=True):
        yield f'billmill_messages{{queue="{queue}"}} {length}'


def _up(service: str, reachable: bool) -> Iterator[str]:
    if service == "database":
        yield "# TYPE billmill_up gauge"
    yield f'billmill_up{{service="{service}"}} {int(reachable)}'
