"""The statuses of a batch job and of its items; `transitions.py` has the transitions."""

from __future__ import annotations

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
    """How large a share of the workers a job gets while other jobs wait."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


ACTIVE: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.PAUSED})
ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
RUNNABLE: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})


def is_cancelling(status: str, pending_items: int) -> bool:
    """Whether a job is cancelled, but some of its orders are still to be released.

    A job has this state for some seconds if it is very large, or until the next sweep if the
    process that cancelled it died.
    """
    return status == JobStatus.CANCELLED and pending_items > 0
