"""Ends what a request left open of a very large job that was cancelled, slice by slice."""

from __future__ import annotations

import uuid

import dramatiq

from actors import broker, job_control


# Behind the sweep, if both wait. No retries: the next sweep does the same.
@dramatiq.actor(queue_name=broker.SWEEP, max_retries=0, priority=10)
def finish_cancelling_job(organization_id: int, job_id: str) -> None:
    """One slice; what is left is a message of its own, behind those that wait already."""
    job = uuid.UUID(job_id)
    if not job_control.finish_cancelling(organization_id, job, job_control.SLICE_SECONDS):
        job_control.hand_over(organization_id, job)
