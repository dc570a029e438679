"""Merges what is to be told of a job, so that many commits make few events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from models.jobs.state import ItemError, JobState

MAX_ERRORS_PER_EVENT = 50


@dataclass(frozen=True, slots=True)
class Event:
    """A state to tell, with the orders that failed since the last telling."""

    state: JobState
    errors: tuple[ItemError, ...] = ()

    def merged_with(self, newer: Event) -> Event:
        """One event for both; the higher revision wins, whichever came first."""
        state = max(self.state, newer.state, key=lambda state: state.revision)
        errors = (*self.errors, *newer.errors)[-MAX_ERRORS_PER_EVENT:]
        return Event(state, errors)


class Throttle:
    """Merges the events of a job so that at most one per interval is told, the last one surely."""

    def __init__(self, interval: float, clock: Callable[[], float]) -> None:
        self._interval = interval
        self._clock = clock
        self._waiting: dict[uuid.UUID, Event] = {}
        self._told_at: dict[uuid.UUID, float] = {}

    def offer(self, event: Event) -> None:
        """Takes an event in."""
        job_id = event.state.job_id
        earlier = self._waiting.get(job_id)
        self._waiting[job_id] = earlier.merged_with(event) if earlier else event

    def take_due(self) -> list[Event]:
        """Hands out the events whose interval has passed, and those that end a job."""
        now = self._clock()
        self._told_at = {id_: at for id_, at in self._told_at.items() if now - at < self._interval}
        due = [
            event
            for job_id, event in self._waiting.items()
            if event.state.ended or job_id not in self._told_at
        ]
        for event in due:
            del self._waiting[event.state.job_id]
            # After "it has begun" the first invoice is what everybody waits for.
            if event.state.processed_items:
                self._told_at[event.state.job_id] = now
        return due

    def take_all(self) -> list[Event]:
        """Hands out everything, as when nothing will come any more."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    @property
    def is_waiting(self) -> bool:
        """Whether an event is still to be handed out."""
        return bool(self._waiting)
