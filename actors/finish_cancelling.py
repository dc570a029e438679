"""Ends what a request left open of a very large job that was cancelled."""

from __future__ import annotations

import uuid

import dramatiq

from actors import broker, job_control

# 200,000 items take 20 seconds on a slow machine, and each transaction's worth stays done.
_TIME_LIMIT_MS = 300_000


# No retries: the next sweep does the same.
@dramatiq.actor(queue_name=broker.SWEEP, max_retries=0, time_limit=_TIME_LIMIT_MS)
def finish_cancelling_job(organization_id: int, job_id: str) -> None:
    """See `job_control.finish_cancelling`."""
    job_control.finish_cancelling(organization_id, uuid.UUID(job_id))
