"""Which status of a job may follow which, by which change, and why.

`TRANSITIONS` is data: `status_updates.py` builds every UPDATE of a status from it, and tests
compare it with the diagrams in the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.jobs.status import JobStatus


class Change(StrEnum):
    """What changes the status of a job. A worker starts it and ends it; people do the rest."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RESET = "reset"
    CANCEL = "cancel"
    RETRY = "retry"
    END = "end"


Edge = tuple[JobStatus, JobStatus]
"""The old status and the new one."""

# The edges of each change, with their reasons.
TRANSITIONS: Final[Mapping[Change, Mapping[Edge, str]]] = {
    Change.START: {
        (JobStatus.PENDING, JobStatus.PROCESSING): "a worker claims the first order",
    },
    Change.PAUSE: {
        (JobStatus.PENDING, JobStatus.PAUSED): "a person pauses before work began",
        (JobStatus.PROCESSING, JobStatus.PAUSED): "a person pauses; no further invoice is issued",
    },
    Change.RESUME: {
        (JobStatus.PAUSED, JobStatus.PROCESSING): "a person resumes",
    },
    Change.RESET: {
        (JobStatus.PROCESSING, JobStatus.PENDING): "an operator resets a stuck job",
    },
    Change.CANCEL: {
        (JobStatus.PENDING, JobStatus.CANCELLED): "a person cancels before work began",
        (JobStatus.PROCESSING, JobStatus.CANCELLED): "a person cancels; what is issued stays",
        (JobStatus.PAUSED, JobStatus.CANCELLED): "a person cancels instead of resuming",
    },
    Change.RETRY: {
        (JobStatus.COMPLETED, JobStatus.PROCESSING): "a person retries orders that failed",
        (JobStatus.FAILED, JobStatus.PROCESSING): "a person retries orders that failed",
    },
    Change.END: {
        (JobStatus.PROCESSING, JobStatus.COMPLETED): (
            "every order ended, at least one with an invoice"
        ),
        (JobStatus.PROCESSING, JobStatus.FAILED): "every order ended, none with an invoice",
        (JobStatus.PROCESSING, JobStatus.CANCELLED): (
            "every order ended, some cancelled before an operator reset the job"
        ),
    },
}


def sources(change: Change) -> frozenset[JobStatus]:
    """The statuses in which the change finds a job."""
    return frozenset(source for source, _target in TRANSITIONS[change])


def targets(change: Change) -> frozenset[JobStatus]:
    """The statuses in which the change leaves a job."""
    return frozenset(target for _source, target in TRANSITIONS[change])


# Failed orders of a processing job are retried without a change of its status.
RETRYABLE: Final = sources(Change.RETRY) | targets(Change.RETRY)
