"""Ends what a request left open of a very large job that was cancelled, slice by slice."""

from __future__ import annotations

import logging
import uuid

import dramatiq
from sqlalchemy.exc import OperationalError

from actors import broker, job_control

logger = logging.getLogger(__name__)


# Behind the sweep, if both wait. No retries: the next sweep does the same.
@dramatiq.actor(queue_name=broker.SWEEP, max_retries=0, priority=10)
def finish_cancelling_job(organization_id: int, job_id: str) -> None:
    """One slice; what is left is a message of its own, behind those that wait already."""
    job = uuid.UUID(job_id)
    try:
        ended = job_control.finish_cancelling(organization_id, job, job_control.SLICE_SECONDS)
    except OperationalError as error:
        logger.warning("Job %s is cancelled to its end by a later sweep: %s", job, error.orig)
        return
    if not ended:
        job_control.hand_over(organization_id, job)
