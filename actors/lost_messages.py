"""Finds the messages of a job that were sent but are not in flight, and sends them again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from types import MappingProxyType

from redis.exceptions import RedisError
from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from actors import dispatch, window_size
from actors.in_flight import messages_in_flight
from models.database import org_transaction
from models.jobs.status import RUNNABLE, ItemStatus
from models.tables.batch_job import BatchJob, BatchJobItem


def send_lost(organization_id: int, job_id: uuid.UUID) -> int:
    """Resends lost messages, and returns how many; if that fails, the sweep sends them."""
    try:
        return resume(organization_id, job_id, messages_in_flight().get(job_id, set()))
    except (RedisError, SQLAlchemyError) as error:
        dispatch.leave_to_sweep(job_id, error)
        return 0


def send_all_open(organization_id: int, job_id: uuid.UUID) -> None:
    """Sends a window of open orders as if none were in flight; if that fails, the sweep does."""
    try:
        resume(organization_id, job_id, in_flight=())
    except (RedisError, SQLAlchemyError) as error:
        dispatch.leave_to_sweep(job_id, error)


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
    if lost and not dispatch.send(job_id, lost):
        return 0
    size = _size(job)
    missing = size - len(in_flight) - len(lost)
    if unsent and missing > 0:
        dispatch.send_next(organization_id, job_id, missing, size, settings)
    return len(lost)


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


def _size(job: BatchJob) -> int:
    return max(job.window_size, window_size.SMALLEST_WINDOW)
