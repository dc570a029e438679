"""What a person does to a job that runs."""

from __future__ import annotations

import uuid

from actors.progress import publish
from models import job_transitions
from models.database import org_transaction
from models.job_progress import JobState

_ITEMS_PER_TRANSACTION = 5_000


def cancel(organization_id: int, job_id: uuid.UUID) -> None:
    """Stops a job at once; what is committed stays, the open orders become `cancelled`.

    Raises `NotFound`, or `ForbiddenTransition` when the job is over.
    """
    with org_transaction(organization_id) as session:
        state = job_transitions.cancel(session, job_id)
    publish(state)
    finish_cancelling(organization_id, job_id)


def finish_cancelling(organization_id: int, job_id: uuid.UUID) -> JobState:
    """Ends the open items of a cancelled job, some thousands per transaction."""
    while True:
        with org_transaction(organization_id) as session:
            state, count = job_transitions.cancel_open_items(
                session, job_id, limit=_ITEMS_PER_TRANSACTION
            )
        if count < _ITEMS_PER_TRANSACTION:
            publish(state)
            return state
