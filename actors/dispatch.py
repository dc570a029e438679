"""The window: how many messages of a job are in flight, and which come next.

`batch_job_queue.sent_position` is moved on and committed before the messages are sent. A crash in
between, or Redis being away, leaves items that nobody was told of; the sweep finds them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from dramatiq import Message, group
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from actors.broker import INVOICES
from models import job_transitions
from models.batch_job import BatchJobItem
from models.database import org_transaction
from models.job_progress import JobState
from models.job_status import ItemStatus

logger = logging.getLogger(__name__)

# Enough to keep every thread of a small machine busy, few enough to be sent in a tenth of a second.
WINDOW = 256


def start(organization_id: int, job_id: uuid.UUID) -> bool:
    """Sends a job's first window; False when Redis did not take it (the sweep will send it)."""
    return send_next(organization_id, job_id, WINDOW)


def send_next(organization_id: int, job_id: uuid.UUID, count: int) -> bool:
    """Sends messages for up to `count` items that were not sent yet."""
    with org_transaction(organization_id) as session:
        state = job_transitions.send_more(session, job_id, count)
    return state is None or refill(organization_id, state, ended=count)


def refill(organization_id: int, state: JobState, *, ended: int) -> bool:
    """Sends the messages of the `ended` places that became free in the commit that left `state`."""
    after = state.sent_position - ended
    if state.ended or after >= state.total_items:
        return True
    with org_transaction(organization_id) as session:
        order_ids = _open_between(session, state.job_id, after, state.sent_position)
    return send(state.job_id, order_ids)


def send(job_id: uuid.UUID, order_ids: Sequence[int]) -> bool:
    """Sends one message per order; False when Redis did not take them."""
    try:
        group([_message(job_id, order_id) for order_id in order_ids]).run()
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


def _open_between(session: Session, job_id: uuid.UUID, after: int, up_to: int) -> list[int]:
    return list(
        session.scalars(
            select(BatchJobItem.order_id)
            .where(
                BatchJobItem.job_id == job_id,
                BatchJobItem.position > after,
                BatchJobItem.position <= up_to,
                BatchJobItem.status == ItemStatus.PENDING,
            )
            .order_by(BatchJobItem.position)
        )
    )
