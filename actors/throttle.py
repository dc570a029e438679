"""Merges the states that many commits of a job or an import leave into a few events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from models.jobs.published_state import ItemError

MAX_ERRORS_PER_EVENT = 50


class Published(Protocol):
    """The state of a job or an import as one commit left it; a higher revision is newer."""

    @property
    def id(self) -> uuid.UUID:
        """Of the job or import."""
        ...

    @property
    def revision(self) -> int:
        """Grows with each commit."""
        ...

    @property
    def ended(self) -> bool:
        """Whether this is the last state."""
        ...

    @property
    def has_results(self) -> bool:
        """Whether it counts anything; the first event with a result is not delayed."""
        ...


S = TypeVar("S", bound=Published)


@dataclass(frozen=True, slots=True)
class Event(Generic[S]):
    """A state to publish, with the orders that failed since the last event."""

    state: S
    errors: tuple[ItemError, ...] = ()

    def merged_with(self, newer: Event[S]) -> Event[S]:
        """One event for both, with the state of the higher revision."""
        state = max(self.state, newer.state, key=lambda state: state.revision)
        errors = (*self.errors, *newer.errors)[-MAX_ERRORS_PER_EVENT:]
        return Event(state, errors)


class Throttle(Generic[S]):
    """Merges the events of each job or import into at most one per interval; the last is never
    dropped."""

    def __init__(self, interval: float, clock: Callable[[], float]) -> None:
        self._interval = interval
        self._clock = clock
        self._waiting: dict[uuid.UUID, Event[S]] = {}
        self._published_at: dict[uuid.UUID, float] = {}

    def offer(self, event: Event[S]) -> None:
        """Adds an event."""
        id_ = event.state.id
        earlier = self._waiting.get(id_)
        self._waiting[id_] = earlier.merged_with(event) if earlier else event

    def take_due(self) -> list[Event[S]]:
        """Returns the events whose interval has passed, and those that end a job."""
        now = self._clock()
        self._published_at = {
            id_: at for id_, at in self._published_at.items() if now - at < self._interval
        }
        due = [
            event
            for id_, event in self._waiting.items()
            if event.state.ended or id_ not in self._published_at
        ]
        for event in due:
            del self._waiting[event.state.id]
            # The event that a job has started must not delay the one with its first invoice.
            if event.state.has_results:
                self._published_at[event.state.id] = now
        return due

    def take_all(self) -> list[Event[S]]:
        """Returns all events, for a process that shuts down."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    @property
    def is_waiting(self) -> bool:
        """Whether an event is still to be published."""
        return bool(self._waiting)
