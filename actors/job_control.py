"""What people do to jobs: cancel, pause, resume, retry, reset.

Each act changes the status and the audit log in one commit, then publishes the new state. An error
after the commit is logged and not raised, because the act is done. Each act returns the job as its
commit left it.

A cancel takes effect at once, but a very large job has more open orders than one request can
release. The sweeper releases the rest, slice by slice: `finish_cancelling_job`.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import dramatiq
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from actors import lost_messages
from actors.broker import SWEEP, broker
from actors.progress import publish
from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.jobs import cancel_and_retry, status_updates
from models.jobs.cancel_and_retry import Selection
from models.jobs.published_state import JobState
from models.jobs.search import FoundJob, find_job

logger = logging.getLogger(__name__)

_ITEMS_PER_TRANSACTION = 20_000
# How long the sweeper releases orders of one job before it handles its next message.
SLICE_SECONDS = 2.0
# How long a request releases orders if Redis does not accept the message for the sweeper.
_REQUEST_SECONDS = 10.0
# A locked row must not hold up the sweeper's other work.
_TIMEOUTS = {"lock_timeout": "5s", "statement_timeout": "15s"}


def cancel(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Stops a job at once: what is committed stays, the open orders become `cancelled`.

    If there are very many, this releases some thousands from the front, and the sweeper releases
    the others from the end. Raises `NotFound`, or `ForbiddenTransition` when the job is over.
    """
    with org_transaction(organization_id) as session:
        state = status_updates.cancel(session, job_id)
        record_act(session, organization_id, author, "job.cancelled", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    # The job is cancelled from here on: the sweep releases the open orders that an error leaves.
    is_large = state.pending_items > _ITEMS_PER_TRANSACTION
    enqueued = is_large and enqueue_the_rest(organization_id, job_id)
    try:
        step = _release_some(organization_id, job_id)
        found, more = step.found, step.more
        publish(step.state)
    except SQLAlchemyError as error:
        _log_unfinished(job_id, error)
        more = True
    if more and not enqueued and not enqueue_the_rest(organization_id, job_id):
        try:
            finish_cancelling(organization_id, job_id, _REQUEST_SECONDS)
        except SQLAlchemyError as error:
            _log_unfinished(job_id, error)
    return found


def _log_unfinished(job_id: uuid.UUID, error: SQLAlchemyError) -> None:
    reason = str(error).splitlines()[0]
    logger.warning("Job %s is cancelled; its open orders are released later: %s", job_id, reason)


def finish_cancelling(organization_id: int, job_id: uuid.UUID, seconds: float) -> bool:
    """Releases open orders of a cancelled job, some thousands per transaction.

    Starts no transaction after `seconds`. Begins with the last orders, because a request may be
    releasing the first ones. Returns whether all are released.
    """
    deadline = time.monotonic() + seconds
    more = True
    while more:
        step = _release_some(organization_id, job_id, _TIMEOUTS, from_end=True)
        more = step.more
        if time.monotonic() >= deadline:
            break
    publish(step.state)
    return not more


# Lower priority than the sweep. No retries: the next sweep does the same.
@dramatiq.actor(broker=broker, queue_name=SWEEP, max_retries=0, priority=10)
def finish_cancelling_job(organization_id: int, job_id: str) -> None:
    """Releases one slice of orders; a new message at the end of the queue does the rest."""
    job = uuid.UUID(job_id)
    try:
        all_released = finish_cancelling(organization_id, job, SLICE_SECONDS)
    except OperationalError as error:
        logger.warning("The next sweep finishes cancelling job %s: %s", job, error.orig)
        return
    if not all_released:
        enqueue_the_rest(organization_id, job)


def enqueue_the_rest(organization_id: int, job_id: uuid.UUID) -> bool:
    """Tells the sweeper to release the other orders; False if Redis does not take the message."""
    try:
        finish_cancelling_job.send(organization_id, str(job_id))
    except RedisError as error:
        logger.warning("No message to the sweeper to finish cancelling job %s: %s", job_id, error)
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Release:
    """The job after one transaction that released orders, and whether more are open."""

    state: JobState
    found: FoundJob
    more: bool


def _release_some(
    organization_id: int,
    job_id: uuid.UUID,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    from_end: bool = False,
) -> _Release:
    with org_transaction(organization_id, settings=settings) as session:
        count = cancel_and_retry.cancel_open_items(
            session, job_id, limit=_ITEMS_PER_TRANSACTION, from_end=from_end
        )
        state = status_updates.record_cancelled(session, job_id, count)
        found = find_job(session, job_id)
    return _Release(state, found, more=count > 0 and state.is_cancelling)


def pause(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Issues no further invoice until resumed. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = status_updates.pause(session, job_id)
        record_act(session, organization_id, author, "job.paused", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    return found


def resume(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Continues a paused job. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = status_updates.resume(session, job_id)
        record_act(session, organization_id, author, "job.resumed", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    # Workers that saw the pause may have consumed messages without effect: send all again.
    lost_messages.send_all_open(organization_id, job_id)
    return found


def retry_failed(
    organization_id: int, job_id: uuid.UUID, author: Author, selection: Selection
) -> tuple[int, FoundJob]:
    """Retries failed orders of a job, and returns how many.

    Raises `NotFound`, and `ForbiddenTransition` when the job is paused or cancelled or none of the
    chosen orders failed.
    """
    with org_transaction(organization_id) as session:
        order_ids = cancel_and_retry.reopen_failed_items(session, job_id, selection)
        state = status_updates.reopen(session, job_id, order_ids)
        record_act(
            session,
            organization_id,
            author,
            "job.retried",
            job_id=job_id,
            orders=len(order_ids),
            error_code=selection.error_code,
        )
        found = find_job(session, job_id)
    publish(state)
    lost_messages.send_lost(organization_id, job_id)
    return len(order_ids), found


def reset(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Resends all messages of a stuck job, as if none were in flight; nothing is done twice.

    Raises `NotFound`, or `ForbiddenTransition` when the job is paused or over.
    """
    with org_transaction(organization_id) as session:
        state = status_updates.reset(session, job_id)
        record_act(session, organization_id, author, "job.reset", job_id=job_id)
    publish(state)
    lost_messages.send_all_open(organization_id, job_id)
