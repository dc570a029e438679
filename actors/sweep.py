"""Every minute: finds jobs whose messages were lost and sends those again.

It goes by what is left in PostgreSQL and what is in flight in Redis. A message that is sent once
too often changes nothing, so a doubt is resolved by sending.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import dramatiq
from periodiq import cron
from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from actors import broker, dispatch, job_control
from actors.progress import publish
from models import job_transitions
from models.batch_job import UNFINISHED, BatchJob, BatchJobItem
from models.database import crossing_transaction, org_transaction
from models.errors import BrokerUnavailable
from models.job_status import RUNNABLE, ItemStatus, JobStatus

logger = logging.getLogger(__name__)

_LOCK = 0x73776565
_PAGE = 1_000

InFlight = Mapping[uuid.UUID, set[int]]


@dataclass(slots=True)
class SweepReport:
    """What one sweep did; `ran` is false when another one was at work."""

    ran: bool = True
    jobs: int = 0
    messages_sent: int = 0
    jobs_ended: int = 0


@dramatiq.actor(queue_name=broker.SWEEP, periodic=cron("* * * * *"), max_retries=0)
def sweep_jobs() -> None:
    """The periodic message; see `sweep`."""
    logger.info("Sweep: %s", asdict(sweep()))


def sweep() -> SweepReport:
    """Looks at every unfinished job once; raises `BrokerUnavailable` without Redis."""
    report = SweepReport()
    with _only_one() as held:
        if not held:
            return SweepReport(ran=False)
        try:
            in_flight = _in_flight()
        except RedisError as error:
            raise BrokerUnavailable("Redis cannot be reached; nothing was sent.") from error
        for organization_id, job_id in _unfinished_jobs():
            report.jobs += 1
            _resume(organization_id, job_id, in_flight.get(job_id, set()), report)
    return report


@contextmanager
def _only_one() -> Iterator[bool]:
    with crossing_transaction("sweep") as session:
        yield bool(session.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")))


def _unfinished_jobs() -> list[tuple[int, uuid.UUID]]:
    with crossing_transaction("sweep") as session:
        rows = session.execute(
            select(BatchJob.organization_id, BatchJob.id)
            .where(text(UNFINISHED))
            .order_by(BatchJob.created_at)
        )
        return [(row.organization_id, row.id) for row in rows]


def _in_flight() -> InFlight:
    """The orders by job whose messages are queued, delayed or being worked on."""
    found: dict[uuid.UUID, set[int]] = defaultdict(set)
    for queue in (broker.INVOICES, f"{broker.INVOICES}.DQ"):
        key = f"{broker.broker.namespace}:{queue}.msgs"
        for _, message in broker.broker.client.hscan_iter(key, count=_PAGE):
            job_id, order_id = json.loads(message)["args"]
            found[uuid.UUID(job_id)].add(order_id)
    return found


def _resume(
    organization_id: int, job_id: uuid.UUID, in_flight: set[int], report: SweepReport
) -> None:
    with org_transaction(organization_id) as session:
        job = session.get_one(BatchJob, job_id)
        if job.status in RUNNABLE and job.pending_items == 0:
            ended = job_transitions.end_if_all_ended(session, job_id)
            lost: list[int] = []
        else:
            ended = None
            lost = _lost(session, job, in_flight) if job.status in RUNNABLE else []
    if ended:
        publish(ended)
        report.jobs_ended += 1
    if job.status == JobStatus.CANCELLED:
        job_control.finish_cancelling(organization_id, job_id)
    if lost and dispatch.send(job_id, lost):
        report.messages_sent += len(lost)
    if job.status in RUNNABLE and len(in_flight) + len(lost) < dispatch.WINDOW:
        missing = dispatch.WINDOW - len(in_flight) - len(lost)
        dispatch.send_next(organization_id, job_id, missing)


def _lost(session: Session, job: BatchJob, in_flight: set[int]) -> list[int]:
    """Open orders whose messages were sent but are nowhere in Redis, up to a window's worth."""
    sent = session.scalars(
        select(BatchJobItem.order_id)
        .where(
            BatchJobItem.job_id == job.id,
            BatchJobItem.status == ItemStatus.PENDING,
            BatchJobItem.position <= job.sent_position,
        )
        .order_by(BatchJobItem.position)
        .limit(len(in_flight) + dispatch.WINDOW)
    )
    return [order_id for order_id in sent if order_id not in in_flight]
