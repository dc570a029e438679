"""The window: how many messages of a job are in flight, and which come next.

`batch_job_queue.sent_position` is advanced and committed before the messages are sent. A crash in
between, or an unreachable Redis, leaves items without a message; the sweep finds them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from dramatiq import Message
from redis.exceptions import RedisError
from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from actors import window_size
from actors.broker import INVOICES, broker
from actors.in_flight import messages_in_flight
from models.database import org_transaction
from models.jobs import items, status_updates
from models.jobs.status import RUNNABLE, ItemStatus
from models.tables.batch_job import BatchJob, BatchJobItem

logger = logging.getLogger(__name__)


def start(organization_id: int, job_id: uuid.UUID) -> bool:
    """Sends a job's first window; returns False if that fails, and the sweep sends it later."""
    try:
        return _send_next(
            organization_id, job_id, window_size.FIRST_WINDOW, window_size.FIRST_WINDOW
        )
    except SQLAlchemyError as error:
        _leave_to_sweep(job_id, error)
        return False


def _send_next(
    organization_id: int,
    job_id: uuid.UUID,
    count: int,
    size: int,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Sends messages for the next `count` positions, and sets the window to this size."""
    with org_transaction(organization_id, settings=settings) as session:
        state = status_updates.send_more(session, job_id, count, size)
        if state is None:
            return True
        order_ids = items.last_sent(session, state, count)
    return send(job_id, order_ids)


def send_lost(organization_id: int, job_id: uuid.UUID) -> int:
    """Resends lost messages, and returns how many; if that fails, the sweep sends them."""
    try:
        return resume(organization_id, job_id, messages_in_flight().get(job_id, set()))
    except (RedisError, SQLAlchemyError) as error:
        _leave_to_sweep(job_id, error)
        return 0


def send_all_open(organization_id: int, job_id: uuid.UUID) -> None:
    """Sends a window of open orders as if none were in flight; if that fails, the sweep does."""
    try:
        resume(organization_id, job_id, in_flight=())
    except (RedisError, SQLAlchemyError) as error:
        _leave_to_sweep(job_id, error)


def _leave_to_sweep(job_id: uuid.UUID, error: Exception) -> None:
    logger.warning("Job %s waits for the sweep: %s %s", job_id, type(error).__name__, error)


def resume(
    organization_id: int,
    job_id: uuid.UUID,
    in_flight: Collection[int],
    *,
    sent_before: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Resends lost messages, then fills the window; returns how many messages were lost.

    A message is lost if its order is open and it was sent but is not in flight. `sent_before` is
    the job's `sent_position` before `in_flight` was read: messages sent since then are not in
    `in_flight`. `settings` are PostgreSQL settings, for a caller that cannot wait long.
    """
    with org_transaction(organization_id, settings=settings) as session:
        job = session.get_one(BatchJob, job_id)
        if job.status not in RUNNABLE:
            return 0
        sent = job.sent_position if sent_before is None else sent_before
        lost = _lost(session, job, in_flight, min(sent, job.sent_position))
        unsent = _has_unsent(session, job)
    if lost and not send(job_id, lost):
        return 0
    size = _size(job)
    missing = size - len(in_flight) - len(lost)
    if unsent and missing > 0:
        _send_next(organization_id, job_id, missing, size, settings)
    return len(lost)


def send(job_id: uuid.UUID, order_ids: Sequence[int]) -> bool:
    """Sends one message per order; returns False if Redis did not accept them all."""
    try:
        broker.enqueue_all([_message(job_id, order_id) for order_id in order_ids])
    except RedisError as error:
        logger.warning(
            "%d messages of job %s wait for the sweep: %s", len(order_ids), job_id, error
        )
        return False
    return True


def _message(job_id: uuid.UUID, order_id: int) -> Message[None]:
    return Message(
        queue_name=INVOICES,
        actor_name="create_invoice",
        args=(str(job_id), order_id),
        kwargs={},
        options={"group_id": str(job_id)},
    )


def _size(job: BatchJob) -> int:
    return max(job.window_size, window_size.SMALLEST_WINDOW)


def _has_unsent(session: Session, job: BatchJob) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    BatchJobItem.job_id == job.id,
                    BatchJobItem.status == ItemStatus.PENDING,
                    BatchJobItem.position > job.sent_position,
                )
            )
        )
    )


def _lost(
    session: Session, job: BatchJob, in_flight: Collection[int], sent_up_to: int
) -> list[int]:
    """Up to one window of open orders whose messages were sent but are not in flight."""
    sent = session.scalars(
        select(BatchJobItem.order_id)
        .where(
            BatchJobItem.job_id == job.id,
            BatchJobItem.status == ItemStatus.PENDING,
            BatchJobItem.position <= sent_up_to,
        )
        .order_by(BatchJobItem.position)
        .limit(len(in_flight) + _size(job))
    )
    return [order_id for order_id in sent if order_id not in in_flight]
