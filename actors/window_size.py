"""Measures how fast orders end, and sets a job's window to about one second of the workers' time.

Every commit returns the job's counters, so a process sees the work of all the others. Jobs share
the workers by priority: each gets its share of the messages that the workers handle in one second.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from models.jobs.published_state import JobState
from models.jobs.refill import Window
from models.jobs.status import ENDED, Priority

SECONDS_OF_WORK = 1.0
# Fewer would leave threads of a small installation idle. With more, workers would take long to drop
# the messages of a cancelled job, and those of a new job would wait.
SMALLEST_WINDOW = 128
LARGEST_WINDOW = 10_000
# A job's window before its pace is known: enough for every thread of a small installation.
FIRST_WINDOW = 256

WEIGHTS = {Priority.URGENT: 4.0, Priority.NORMAL: 1.0, Priority.LOW: 0.25}

_REMEMBERED_SECONDS = 2.0
# Within a shorter time than this, one large group would look like a high rate.
_SHORTEST_SECONDS = 0.25


@dataclass(slots=True)
class _Progress:
    """How many orders of a job had ended, and when, over the last seconds."""

    weight: float
    revision: int = -1
    points: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, now: float, state: JobState) -> None:
        if state.revision <= self.revision:
            return
        ended = state.processed_items
        if self.points and ended < self.points[-1][1]:
            self.points.clear()  # a person retries failed orders
        self.revision = state.revision
        self.points.append((now, ended))
        while now - self.points[0][0] > _REMEMBERED_SECONDS:
            self.points.popleft()

    def is_forgotten(self, now: float) -> bool:
        return not self.points or now - self.points[-1][0] > _REMEMBERED_SECONDS

    @property
    def orders_per_second(self) -> float | None:
        (since, before), (until, after) = self.points[0], self.points[-1]
        seconds = until - since
        return (after - before) / seconds if seconds >= _SHORTEST_SECONDS else None


class Pace:
    """Measures the jobs that this process works on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[uuid.UUID, _Progress] = {}

    def note(self, state: JobState) -> None:
        """Adds the state that a commit left to the measurements."""
        with self._lock:
            now = self._clock()
            if state.status in ENDED:
                self._jobs.pop(state.job_id, None)
            else:
                job = self._jobs.setdefault(
                    state.job_id, _Progress(WEIGHTS[Priority(state.priority)])
                )
                job.note(now, state)
            for job_id in [id_ for id_, it in self._jobs.items() if it.is_forgotten(now)]:
                del self._jobs[job_id]

    def window(self, job_id: uuid.UUID) -> Window:
        """The window that a job should have; `FIRST_WINDOW` while its pace is not known."""
        return Window(self.target(job_id) or FIRST_WINDOW)

    def target(self, job_id: uuid.UUID) -> int | None:
        """How many messages should be in flight; None while the job's pace is not known."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.orders_per_second is None:
                return None
            jobs = self._jobs.values()
            in_all = sum(other.orders_per_second or 0.0 for other in jobs)
            share = job.weight / sum(other.weight for other in jobs)
        return round(min(max(SECONDS_OF_WORK * in_all * share, SMALLEST_WINDOW), LARGEST_WINDOW))


measured_pace = Pace(time.monotonic)
