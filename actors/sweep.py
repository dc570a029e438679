"""Every minute: finds jobs whose messages were lost and sends those again.

It goes by what is left in PostgreSQL and what is in flight in Redis, never by age. A message that
is sent once too often changes nothing, so a doubt is resolved by sending.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import dramatiq
from periodiq import cron
from redis.exceptions import RedisError
from sqlalchemy import select, text

from actors import broker, dispatch, job_control, unexpected
from actors.finish_cancelling import finish_cancelling_job as finish_cancelling_job  # to serve it
from actors.in_flight import messages_in_flight
from actors.progress import publish
from models import job_transitions
from models.batch_job import UNFINISHED, BatchJob
from models.database import crossing_transaction, org_transaction
from models.errors import BrokerUnavailable
from models.job_progress import JobState, job_state
from models.job_status import RUNNABLE, JobStatus

logger = logging.getLogger(__name__)
# Every minute it would say that it sends the message, and every minute that the message came.
logging.getLogger("periodiq").setLevel(logging.WARNING)

_LOCK = 0x73776565


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
    report = sweep()
    did_something = report.messages_sent or report.jobs_ended
    logger.log(logging.INFO if did_something else logging.DEBUG, "Sweep: %s", asdict(report))


def sweep() -> SweepReport:
    """Looks at every unfinished job once; raises `BrokerUnavailable` without Redis."""
    report = SweepReport()
    with _only_one() as held:
        if not held:
            return SweepReport(ran=False)
        try:
            in_flight = messages_in_flight()
        except RedisError as error:
            raise BrokerUnavailable("Redis cannot be reached; nothing was sent.") from error
        for organization_id, job_id in _unfinished_jobs():
            report.jobs += 1
            try:
                _look_at(organization_id, job_id, in_flight.get(job_id, set()), report)
            except Exception as error:
                # One job that cannot be looked at must not keep the others from being resumed.
                unexpected.note("sweep_jobs", error, "The sweep could not look at job %s", job_id)
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


def _look_at(
    organization_id: int, job_id: uuid.UUID, in_flight: Collection[int], report: SweepReport
) -> None:
    with org_transaction(organization_id) as session:
        state = job_state(session, job_id)
    if state.status == JobStatus.CANCELLED:
        job_control.finish_cancelling(organization_id, job_id)
        report.jobs_ended += 1
    elif state.status in RUNNABLE and state.pending_items == 0:
        report.jobs_ended += _end(state)
    else:
        report.messages_sent += dispatch.resume(organization_id, job_id, in_flight)


def _end(state: JobState) -> bool:
    """Ends a job that has no open item, as after a reset by hand."""
    with org_transaction(state.organization_id) as session:
        job_transitions.start(session, state.job_id)
        ended = job_transitions.end_if_all_ended(session, state.job_id)
    if ended:
        publish(ended)
    return ended is not None
