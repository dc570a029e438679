"""Every minute, finds the jobs whose messages were lost, and sends those messages again.

`lost_messages.py` compares the open orders in PostgreSQL with the messages in flight in Redis; the
age of a message does not matter. A duplicate message changes nothing, so when in doubt it sends.

The sweeper has one thread. A sweep works in slices of some seconds, each a message of its own, and
takes the organisations in turn, so that neither many jobs nor a large cancel delays the others.
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

from actors import (
    attention,  # noqa: F401 - the sweeper runs its actor, too
    broker,
    import_sweep,  # noqa: F401 - the sweeper runs its actors, too
    job_control,
    lost_messages,
    unexpected_errors,
)
from actors.in_flight import jobs_being_cancelled, messages_in_flight
from actors.progress import publish
from actors.round_robin import RoundRobin
from models.database import NO_IDLE_LIMIT, crossing_transaction, org_transaction
from models.errors import BrokerUnavailable
from models.jobs import status_updates
from models.jobs.status import RUNNABLE, JobStatus, is_cancelling
from models.tables.batch_job import UNFINISHED, BatchJob

logger = logging.getLogger(__name__)
# Otherwise it logs every minute that it sends the message, and that the message was received.
logging.getLogger("periodiq").setLevel(logging.WARNING)

_LOCK = 0x73776565
# How long a slice takes. Between two slices the sweeper handles its other messages.
SLICE_SECONDS = 8.0
# The sweep itself releases the open orders of a cancelled job if there are at most this many.
_FEW_ITEMS = 1_000
# If a job's row is locked for longer, the next sweep handles the job.
_TIMEOUTS = {"lock_timeout": "1s", "statement_timeout": "10s"}

_NOW = func.extract("epoch", func.now()).label("now")
_PENDING = (
    BatchJob.total_items
    - BatchJob.successful_items
    - BatchJob.failed_items
    - BatchJob.cancelled_items
).label("pending_items")

_round_robin = RoundRobin()


@dataclass(slots=True)
class SweepReport:
    """What a sweep did; `ran` is false when another one was running.

    `jobs` counts the jobs that it checked, `jobs_left` those that it had no time for.
    """

    ran: bool = True
    jobs: int = 0
    jobs_left: int = 0
    messages_sent: int = 0
    jobs_ended: int = 0


# Priority 0: ahead of all other messages for the sweeper.
@dramatiq.actor(queue_name=broker.SWEEP, periodic=cron("* * * * *"), max_retries=0, priority=0)
def sweep_jobs(begun: float | None = None) -> None:
    """Runs one slice. The periodic message starts a sweep; further slices name when it `begun`."""
    report, begun = _slice(None, begun)
    did_something = report.messages_sent or report.jobs_ended
    logger.log(logging.INFO if did_something else logging.DEBUG, "Sweep: %s", asdict(report))
    if report.jobs_left:
        sweep_jobs.send(begun)


def sweep(organization_id: int | None = None) -> SweepReport:
    """Checks every unfinished job once; raises `BrokerUnavailable` without Redis."""
    total, begun = _slice(organization_id, None)
    left = total.jobs_left
    while left:
        report, begun = _slice(organization_id, begun)
        if not report.ran:  # another sweep started between two slices and checks the rest
            break
        total.jobs += report.jobs
        total.messages_sent += report.messages_sent
        total.jobs_ended += report.jobs_ended
        total.jobs_left = left = report.jobs_left
    return total


def sweep_organization(organization_id: int) -> SweepReport:
    """Runs one slice for the jobs of one organisation."""
    return _slice(organization_id, None)[0]


def _slice(organization_id: int | None, begun: float | None) -> tuple[SweepReport, float]:
    """Checks the jobs that this process has not checked since `begun`, by PostgreSQL's clock."""
    report = SweepReport()
    with _only_one(organization_id) as held:
        if not held:
            return SweepReport(ran=False), 0.0
        # Read before Redis, because messages that are sent later are not among those in flight.
        now, jobs = _unfinished_jobs(organization_id)
        begun = now if begun is None else begun
        due = _round_robin.in_order(jobs, begun)
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
        _round_robin.note(job, now)
        try:
            if is_cancelling(job.status, job.pending_items):
                _finish_cancelling(job, cancelling, report)
            else:
                _look_at(job, in_flight.get(job.id, set()), report)
        except Exception as error:
            # An error with one job must not keep the sweep from the others.
            unexpected_errors.note(
                "sweep_jobs", error, "The sweep could not look at job %s", job.id
            )
        if monotonic() >= deadline:
            return


@contextmanager
def _only_one(organization_id: int | None) -> Iterator[bool]:
    """Whether no other sweep is running; a sweep of one organisation excludes only sweeps of the
    same one."""
    lock = f"{_LOCK}" if organization_id is None else f"{_LOCK}, {organization_id % 2**31}"
    # This transaction is idle as long as the sweep runs: it only holds the lock.
    with crossing_transaction("sweep", settings=NO_IDLE_LIMIT) as session:
        yield bool(session.scalar(text(f"SELECT pg_try_advisory_xact_lock({lock})")))


def _unfinished_jobs(
    organization_id: int | None,
) -> tuple[float, list[Row[*tuple[object, ...]]]]:
    """PostgreSQL's time, and the unfinished jobs that are not paused."""
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
        report.messages_sent += lost_messages.resume(
            job.organization_id,
            job.id,
            in_flight,
            sent_before=job.sent_position,
            settings=_TIMEOUTS,
        )


def _finish_cancelling(
    job: Row[*tuple[object, ...]], enqueued: Collection[uuid.UUID], report: SweepReport
) -> None:
    if job.pending_items <= _FEW_ITEMS:
        report.jobs_ended += job_control.finish_cancelling(job.organization_id, job.id, seconds=0)
    elif job.id not in enqueued:
        job_control.enqueue_the_rest(job.organization_id, job.id)


def _end(organization_id: int, job_id: uuid.UUID) -> bool:
    """Ends a job that has no open items, for example after a reset in SQL."""
    with org_transaction(organization_id, settings=_TIMEOUTS) as session:
        status_updates.start(session, job_id)
        ended = status_updates.end_if_all_ended(session, job_id)
    if ended:
        publish(ended)
    return ended is not None
