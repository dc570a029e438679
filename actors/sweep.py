"""Every minute: finds jobs whose messages were lost and sends those again.

It goes by what is left in PostgreSQL and what is in flight in Redis, never by age. A message that
is sent once too often changes nothing, so a doubt is resolved by sending.

The sweeper has one thread. A sweep works in slices of some seconds, each a message of its own, and
looks at organisations in turn, so that neither many jobs nor a large cancel keeps others waiting.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import monotonic

import dramatiq
from periodiq import cron
from redis.exceptions import RedisError
from sqlalchemy import Row, func, select, text

from actors import broker, dispatch, job_control, unexpected_errors
from actors.finish_cancelling import finish_cancelling_job as finish_cancelling_job  # to serve it
from actors.in_flight import jobs_being_cancelled, messages_in_flight
from actors.progress import publish
from actors.round_robin import Turns
from models.database import NO_IDLE_LIMIT, crossing_transaction, org_transaction
from models.errors import BrokerUnavailable
from models.jobs import transitions
from models.jobs.status import RUNNABLE, JobStatus, is_cancelling
from models.tables.batch_job import UNFINISHED, BatchJob

logger = logging.getLogger(__name__)
# Every minute it would say that it sends the message, and every minute that the message came.
logging.getLogger("periodiq").setLevel(logging.WARNING)

_LOCK = 0x73776565
# After this it looks at no further job before the sweeper has done what waits besides.
SLICE_SECONDS = 8.0
# So many open orders of a cancelled job are ended on the spot; more are left to other messages.
_FEW_ITEMS = 1_000
# Somebody may hold a job's row: then it is looked at by the next sweep.
_PATIENCE = {"lock_timeout": "1s", "statement_timeout": "10s"}

_NOW = func.extract("epoch", func.now()).label("now")
_PENDING = (
    BatchJob.total_items
    - BatchJob.successful_items
    - BatchJob.failed_items
    - BatchJob.cancelled_items
).label("pending_items")

_turns = Turns()


@dataclass(slots=True)
class SweepReport:
    """What a sweep did; `ran` is false when another one was at work.

    `jobs_left` were not looked at, for want of time.
    """

    ran: bool = True
    jobs: int = 0
    jobs_left: int = 0
    messages_sent: int = 0
    jobs_ended: int = 0


# Before what else waits for the sweeper's one thread.
@dramatiq.actor(queue_name=broker.SWEEP, periodic=cron("* * * * *"), max_retries=0, priority=0)
def sweep_jobs(begun: float | None = None) -> None:
    """The periodic message, and those for the further slices of a sweep that began then."""
    report, begun = _slice(None, begun)
    did_something = report.messages_sent or report.jobs_ended
    logger.log(logging.INFO if did_something else logging.DEBUG, "Sweep: %s", asdict(report))
    if report.jobs_left:
        sweep_jobs.send(begun)


def sweep(organization_id: int | None = None) -> SweepReport:
    """Looks at every unfinished job once; raises `BrokerUnavailable` without Redis."""
    total, begun = _slice(organization_id, None)
    left = total.jobs_left
    while left:
        report, begun = _slice(organization_id, begun)
        if not report.ran:  # another sweep began between two slices, and looks at the rest
            break
        total.jobs += report.jobs
        total.messages_sent += report.messages_sent
        total.jobs_ended += report.jobs_ended
        total.jobs_left = left = report.jobs_left
    return total


def sweep_organization(organization_id: int) -> SweepReport:
    """One slice of the same, for the jobs of one organisation."""
    return _slice(organization_id, None)[0]


def _slice(organization_id: int | None, begun: float | None) -> tuple[SweepReport, float]:
    """Looks at jobs that nobody here looked at since `begun`, by PostgreSQL's clock."""
    report = SweepReport()
    with _only_one(organization_id) as held:
        if not held:
            return SweepReport(ran=False), 0.0
        # Before Redis is asked: what is sent after that is not among the messages in flight.
        now, jobs = _unfinished_jobs(organization_id)
        begun = now if begun is None else begun
        due = _turns.in_turn(jobs, begun)
        if due:
            report.jobs_left = len(due)
            _look_at_each(due, now, report)
    return report, begun


def _look_at_each(due: list[Row[*tuple[object, ...]]], now: float, report: SweepReport) -> None:
    try:
        in_flight, cancelling = messages_in_flight(), jobs_being_cancelled()
    except RedisError as error:
        raise BrokerUnavailable("Redis cannot be reached; nothing was sent.") from error
    deadline = monotonic() + SLICE_SECONDS
    for job in due:
        report.jobs += 1
        report.jobs_left -= 1
        _turns.note(job, now)
        try:
            if is_cancelling(job.status, job.pending_items):
                _finish_cancelling(job, cancelling, report)
            else:
                _look_at(job, in_flight.get(job.id, set()), report)
        except Exception as error:
            # One job that cannot be looked at must not keep the others from being resumed.
            unexpected_errors.note(
                "sweep_jobs", error, "The sweep could not look at job %s", job.id
            )
        if monotonic() >= deadline:
            return


@contextmanager
def _only_one(organization_id: int | None) -> Iterator[bool]:
    """No two sweeps at once; an organisation's own keeps none but its like from running."""
    lock = f"{_LOCK}" if organization_id is None else f"{_LOCK}, {organization_id % 2**31}"
    # It holds the lock for as long as the sweep takes, and does nothing meanwhile.
    with crossing_transaction("sweep", settings=NO_IDLE_LIMIT) as session:
        yield bool(session.scalar(text(f"SELECT pg_try_advisory_xact_lock({lock})")))


def _unfinished_jobs(
    organization_id: int | None,
) -> tuple[float, list[Row[*tuple[object, ...]]]]:
    """PostgreSQL's time, and the jobs that have something left to do; not those that are paused."""
    statement = (
        select(
            BatchJob.organization_id,
            BatchJob.id,
            BatchJob.status,
            BatchJob.sent_position,
            _PENDING,
        )
        .where(text(f"({UNFINISHED})"), BatchJob.status.in_({*RUNNABLE, JobStatus.CANCELLED}))
        .order_by(BatchJob.created_at)
    )
    if organization_id is not None:
        statement = statement.where(BatchJob.organization_id == organization_id)
    with crossing_transaction("sweep") as session:
        now = float(session.scalars(select(_NOW)).one())
        return now, list(session.execute(statement))


def _look_at(
    job: Row[*tuple[object, ...]], in_flight: Collection[int], report: SweepReport
) -> None:
    if job.pending_items == 0:
        report.jobs_ended += _end(job.organization_id, job.id)
    else:
        report.messages_sent += dispatch.resume(
            job.organization_id,
            job.id,
            in_flight,
            sent_before=job.sent_position,
            settings=_PATIENCE,
        )


def _finish_cancelling(
    job: Row[*tuple[object, ...]], told: Collection[uuid.UUID], report: SweepReport
) -> None:
    if job.pending_items <= _FEW_ITEMS:
        report.jobs_ended += job_control.finish_cancelling(job.organization_id, job.id, seconds=0)
    elif job.id not in told:
        job_control.hand_over(job.organization_id, job.id)


def _end(organization_id: int, job_id: uuid.UUID) -> bool:
    """Ends a job that has no open item, as after a reset by hand."""
    with org_transaction(organization_id, settings=_PATIENCE) as session:
        transitions.start(session, job_id)
        ended = transitions.end_if_all_ended(session, job_id)
    if ended:
        publish(ended)
    return ended is not None
