"""What people do to jobs: change the status and the audit log in one commit, then tell.

What is committed has been done: nothing that goes wrong after it is told as a failure of the act.
Each returns the job as its own commit left it.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dramatiq import Message
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from actors import dispatch
from actors.broker import SWEEP, broker
from actors.progress import publish
from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.jobs import cancel_and_retry, transitions
from models.jobs.cancel_and_retry import Selection
from models.jobs.search import FoundJob, find_job
from models.jobs.state import JobState

logger = logging.getLogger(__name__)

_ITEMS_PER_TRANSACTION = 20_000
# One slice of a cancel, in seconds. Between two slices the sweeper does its other duties.
SLICE_SECONDS = 2.0
# A request does it all itself where Redis takes no message, but no longer than this.
_REQUEST_SECONDS = 10.0
# A row that somebody holds is no reason to hold up what else the sweeper has to do.
_PATIENCE = {"lock_timeout": "5s", "statement_timeout": "15s"}


def cancel(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Stops a job at once; what is committed stays, the open orders become `cancelled`.

    Of very many open orders the first thousands become so here, and the last ones meanwhile in the
    sweeper. Raises `NotFound`, or `ForbiddenTransition` when the job is over.
    """
    with org_transaction(organization_id) as session:
        state = transitions.cancel(session, job_id)
        record_act(session, organization_id, author, "job.cancelled", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    # The job is cancelled from here on: whatever hinders the rest, the sweep ends its open orders.
    is_large = state.pending_items > _ITEMS_PER_TRANSACTION
    handed_over = is_large and hand_over(organization_id, job_id)
    try:
        some = _cancel_some(organization_id, job_id)
        found, more = some.found, some.more
        publish(some.state)
    except SQLAlchemyError as error:
        _log_unfinished(job_id, error)
        more = True
    if more and not handed_over and not hand_over(organization_id, job_id):
        try:
            finish_cancelling(organization_id, job_id, _REQUEST_SECONDS)
        except SQLAlchemyError as error:
            _log_unfinished(job_id, error)
    return found


def _log_unfinished(job_id: uuid.UUID, error: SQLAlchemyError) -> None:
    reason = str(error).splitlines()[0]
    logger.warning("Job %s is cancelled, its open orders end later: %s", job_id, reason)


def finish_cancelling(organization_id: int, job_id: uuid.UUID, seconds: float) -> bool:
    """Ends open items of a cancelled job, some thousands per transaction; whether all are ended.

    The last in line come first: a request may be at work on the first ones. It begins no further
    transaction after so many seconds.
    """
    deadline = time.monotonic() + seconds
    more = True
    while more:
        some = _cancel_some(organization_id, job_id, _PATIENCE, from_end=True)
        more = some.more
        if time.monotonic() >= deadline:
            break
    publish(some.state)
    return not more


@dataclass(frozen=True, slots=True)
class _Cancelled:
    """The job after one transaction's worth of items, and whether more are open."""

    state: JobState
    found: FoundJob
    more: bool


def _cancel_some(
    organization_id: int,
    job_id: uuid.UUID,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    from_end: bool = False,
) -> _Cancelled:
    with org_transaction(organization_id, settings=settings) as session:
        count = cancel_and_retry.cancel_open_items(
            session, job_id, limit=_ITEMS_PER_TRANSACTION, from_end=from_end
        )
        state = transitions.record_cancelled(session, job_id, count)
        found = find_job(session, job_id)
    return _Cancelled(state, found, more=count > 0 and state.is_cancelling)


def hand_over(organization_id: int, job_id: uuid.UUID) -> bool:
    """Leaves the rest to the sweeper; False when Redis did not take the message."""
    message: Message[None] = Message(
        queue_name=SWEEP,
        actor_name="finish_cancelling_job",
        args=(organization_id, str(job_id)),
        kwargs={},
        options={},
    )
    try:
        broker.enqueue(message)
    except RedisError as error:
        logger.warning("The sweeper was not told to cancel the rest of job %s: %s", job_id, error)
        return False
    return True


def pause(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Issues no further invoice until resumed. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = transitions.pause(session, job_id)
        record_act(session, organization_id, author, "job.paused", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    return found


def resume(organization_id: int, job_id: uuid.UUID, author: Author) -> FoundJob:
    """Goes on with a paused job. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = transitions.resume(session, job_id)
        record_act(session, organization_id, author, "job.resumed", job_id=job_id)
        found = find_job(session, job_id)
    publish(state)
    # A message that is in flight may have met the pause and be about to vanish: all are sent anew.
    dispatch.send_anew(organization_id, job_id)
    return found


def retry_failed(
    organization_id: int, job_id: uuid.UUID, author: Author, selection: Selection
) -> tuple[int, FoundJob]:
    """Tries failed orders of a job again, and says how many.

    Raises `NotFound`, and `ForbiddenTransition` when the job is paused or cancelled or no failed
    order is among the chosen.
    """
    with org_transaction(organization_id) as session:
        order_ids = cancel_and_retry.reopen_failed_items(session, job_id, selection)
        state = transitions.reopen(session, job_id, order_ids)
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
    dispatch.send_lost(organization_id, job_id)
    return len(order_ids), found


def reset(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Takes a stuck job up anew: as if no message of it had been sent; nothing is done twice.

    Raises `NotFound`, or `ForbiddenTransition` when the job is paused or over.
    """
    with org_transaction(organization_id) as session:
        state = transitions.reset(session, job_id)
        record_act(session, organization_id, author, "job.reset", job_id=job_id)
    publish(state)
    dispatch.send_anew(organization_id, job_id)
