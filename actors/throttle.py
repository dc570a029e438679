"""Merges the states that many commits of a job leave into a few events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from models.jobs.published_state import ItemError, JobState

MAX_ERRORS_PER_EVENT = 50


@dataclass(frozen=True, slots=True)
class Event:
    """A state to publish, with the orders that failed since the last event."""

    state: JobState
    errors: tuple[ItemError, ...] = ()

    def merged_with(self, newer: Event) -> Event:
        """One event for both, with the state of the higher revision."""
        state = max(self.state, newer.state, key=lambda state: state.revision)
        errors = (*self.errors, *newer.errors)[-MAX_ERRORS_PER_EVENT:]
        return Event(state, errors)


class Throttle:
    """Merges the events of a job into at most one per interval, and never drops the last one."""

    def __init__(self, interval: float, clock: Callable[[], float]) -> None:
        self._interval = interval
        self._clock = clock
        self._waiting: dict[uuid.UUID, Event] = {}
        self._published_at: dict[uuid.UUID, float] = {}

    def offer(self, event: Event) -> None:
        """Adds an event."""
        job_id = event.state.job_id
        earlier = self._waiting.get(job_id)
        self._waiting[job_id] = earlier.merged_with(event) if earlier else event

    def take_due(self) -> list[Event]:
        """Returns the events whose interval has passed, and those that end a job."""
        now = self._clock()
        self._published_at = {
            id_: at for id_, at in self._published_at.items() if now - at < self._interval
        }
        due = [
            event
            for job_id, event in self._waiting.items()
            if event.state.ended or job_id not in self._published_at
        ]
        for event in due:
            del self._waiting[event.state.job_id]
            # The event that a job has started must not delay the one with its first invoice.
            if event.state.processed_items:
                self._published_at[event.state.job_id] = now
        return due

    def take_all(self) -> list[Event]:
        """Returns all events, for a process that shuts down."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    @property
    def is_waiting(self) -> bool:
        """Whether an event is still to be published."""
        return bool(self._waiting)
