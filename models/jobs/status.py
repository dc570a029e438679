"""The statuses of a batch job and of its items, and which may follow which.

The table is data: `models/jobs/transitions.py` obeys it, the documentation is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class JobStatus(StrEnum):
    """Where a batch job stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    """Where one order of a batch job stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How much of the workers a job may take while others wait."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


# Each edge with its reason.
TRANSITIONS: Final[Mapping[tuple[JobStatus, JobStatus], str]] = {
    (JobStatus.PENDING, JobStatus.PROCESSING): "the first order is taken up",
    (JobStatus.PENDING, JobStatus.PAUSED): "a person pauses before work began",
    (JobStatus.PENDING, JobStatus.CANCELLED): "a person cancels before work began",
    (JobStatus.PROCESSING, JobStatus.COMPLETED): "every order ended, at least one with an invoice",
    (JobStatus.PROCESSING, JobStatus.FAILED): "every order ended, none with an invoice",
    (JobStatus.PROCESSING, JobStatus.PAUSED): "a person pauses; no further invoice is issued",
    (JobStatus.PROCESSING, JobStatus.CANCELLED): "a person cancels; what is issued stays",
    (JobStatus.PROCESSING, JobStatus.PENDING): "an operator resets a stuck job",
    (JobStatus.PAUSED, JobStatus.PROCESSING): "a person resumes",
    (JobStatus.PAUSED, JobStatus.CANCELLED): "a person cancels instead of resuming",
    (JobStatus.COMPLETED, JobStatus.PROCESSING): "a person retries orders that failed",
    (JobStatus.FAILED, JobStatus.PROCESSING): "a person retries orders that failed",
}

ACTIVE: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.PAUSED})
ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
RUNNABLE: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})
# In a job that still runs, failed orders are taken up again without a change of its status.
RETRYABLE: Final = frozenset(
    {JobStatus.PROCESSING, *(old for old, new in TRANSITIONS if old in ENDED and new not in ENDED)}
)
