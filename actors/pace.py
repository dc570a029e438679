"""How fast orders end, and what window that gives a job: about one second of the workers' time.

A process sees the work of all others, for every commit returns the job's counters. Jobs share the
workers by their priority: each gets its share of the messages that one second is enough for.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from models.jobs.state import JobState
from models.jobs.status import ENDED, Priority

SECONDS_OF_WORK = 1.0
# Fewer would leave threads of a small installation idle; more are never wanted, for a cancelled
# job's messages must be got rid of and a new job's must not wait.
SMALLEST_WINDOW = 128
LARGEST_WINDOW = 10_000
# A job's window before its pace is known: enough for every thread of a small installation.
FIRST_WINDOW = 256
# Messages of a job that are sent together reach threads together, and these share a commit. Sent
# one by one, between those of other jobs, they would make many small groups.
BATCH = 128


WEIGHTS = {Priority.URGENT: 4.0, Priority.NORMAL: 1.0, Priority.LOW: 0.25}

_REMEMBERED_SECONDS = 2.0
# Over a shorter time than this, one large group would look like a high rate.
_SHORTEST_SECONDS = 0.25


@dataclass(slots=True)
class _Course:
    """What is remembered of a job: how many orders had ended, and when."""

    weight: float
    revision: int = -1
    points: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, now: float, state: JobState) -> None:
        if state.revision <= self.revision:
            return
        ended = state.processed_items
        if self.points and ended < self.points[-1][1]:
            self.points.clear()  # failed orders were taken back to be retried
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
    """The courses of the jobs that this process works on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._courses: dict[uuid.UUID, _Course] = {}

    def note(self, state: JobState) -> None:
        """Takes in what a commit left."""
        with self._lock:
            now = self._clock()
            if state.status in ENDED:
                self._courses.pop(state.job_id, None)
            else:
                course = self._courses.setdefault(
                    state.job_id, _Course(WEIGHTS[Priority(state.priority)])
                )
                course.note(now, state)
            for job_id in [id_ for id_, it in self._courses.items() if it.is_forgotten(now)]:
                del self._courses[job_id]

    def to_send(self, job_id: uuid.UUID, window_size: int, ended: int) -> int:
        """How many messages are to follow `ended` ones of a window, so that it nears its aim.

        None while fewer than a batch are missing. At most two follow each, or a batch: a window
        doubles within its own time and does not jump.
        """
        aim = self.window(job_id) or FIRST_WINDOW
        missing = ended + aim - window_size
        batch = min(BATCH, aim // 2)
        return 0 if missing < batch else min(missing, max(2 * ended, batch))

    def window(self, job_id: uuid.UUID) -> int | None:
        """What a job's window should be; None as long as its rate is not known."""
        with self._lock:
            course = self._courses.get(job_id)
            if course is None or course.orders_per_second is None:
                return None
            courses = self._courses.values()
            in_all = sum(other.orders_per_second or 0.0 for other in courses)
            share = course.weight / sum(other.weight for other in courses)
        return round(min(max(SECONDS_OF_WORK * in_all * share, SMALLEST_WINDOW), LARGEST_WINDOW))
