"""Sends the messages of a job, window by window, in the order of its items.

`batch_job_queue.sent_position` is advanced and committed before the messages are sent. A crash in
between, or an unreachable Redis, leaves items without a message: `lost_messages.py` finds them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dramatiq import Message
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from actors import window_size
from actors.broker import INVOICES, broker
from models.database import org_transaction
from models.jobs import items, status_updates

logger = logging.getLogger(__name__)


def start(organization_id: int, job_id: uuid.UUID) -> bool:
    """Sends a job's first window; returns False if that fails, and the sweep sends it later."""
    try:
        return send_next(
            organization_id, job_id, window_size.FIRST_WINDOW, window_size.FIRST_WINDOW
        )
    except SQLAlchemyError as error:
        leave_to_sweep(job_id, error)
        return False


def send_next(
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


def leave_to_sweep(job_id: uuid.UUID, error: Exception) -> None:
    """Logs why messages that could not be sent now wait for the sweep."""
    logger.warning("Job %s waits for the sweep: %s %s", job_id, type(error).__name__, error)


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
