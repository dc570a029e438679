"""What people do to jobs: change the status and the audit log in one commit, then tell."""

from __future__ import annotations

import uuid

from actors import dispatch
from actors.progress import publish
from models import job_items, job_transitions
from models.audit import Author, record_act
from models.database import org_transaction
from models.job_items import Selection
from models.job_progress import JobState

_ITEMS_PER_TRANSACTION = 5_000


def cancel(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Stops a job at once; what is committed stays, the open orders become `cancelled`.

    Raises `NotFound`, or `ForbiddenTransition` when the job is over.
    """
    with org_transaction(organization_id) as session:
        state = job_transitions.cancel(session, job_id)
        record_act(session, organization_id, author, "job.cancelled", job_id=job_id)
    publish(state)
    finish_cancelling(organization_id, job_id)


def finish_cancelling(organization_id: int, job_id: uuid.UUID) -> JobState:
    """Ends the open items of a cancelled job, some thousands per transaction."""
    while True:
        with org_transaction(organization_id) as session:
            count = job_items.cancel_open_items(session, job_id, limit=_ITEMS_PER_TRANSACTION)
            state = job_transitions.record_cancelled(session, job_id, count)
        if count < _ITEMS_PER_TRANSACTION:
            publish(state)
            return state


def pause(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Issues no further invoice until resumed. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = job_transitions.pause(session, job_id)
        record_act(session, organization_id, author, "job.paused", job_id=job_id)
    publish(state)


def resume(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Goes on with a paused job. Raises `NotFound` and `ForbiddenTransition`."""
    with org_transaction(organization_id) as session:
        state = job_transitions.resume(session, job_id)
        record_act(session, organization_id, author, "job.resumed", job_id=job_id)
    publish(state)
    dispatch.send_lost(organization_id, job_id)


def retry_failed(
    organization_id: int, job_id: uuid.UUID, author: Author, selection: Selection
) -> int:
    """Tries failed orders of a job again, and says how many.

    Raises `NotFound`, and `ForbiddenTransition` when the job is paused or cancelled or no failed
    order is among the chosen.
    """
    with org_transaction(organization_id) as session:
        order_ids = job_items.reopen_failed_items(session, job_id, selection)
        state = job_transitions.reopen(session, job_id, order_ids)
        record_act(
            session,
            organization_id,
            author,
            "job.retried",
            job_id=job_id,
            orders=len(order_ids),
            error_code=selection.error_code,
        )
    publish(state)
    dispatch.send_lost(organization_id, job_id)
    return len(order_ids)


def reset(organization_id: int, job_id: uuid.UUID, author: Author) -> None:
    """Takes a stuck job up anew: as if no message of it had been sent; nothing is done twice.

    Raises `NotFound`, or `ForbiddenTransition` when the job is paused or over.
    """
    with org_transaction(organization_id) as session:
        state = job_transitions.reset(session, job_id)
        record_act(session, organization_id, author, "job.reset", job_id=job_id)
    publish(state)
    dispatch.send_lost(organization_id, job_id)
