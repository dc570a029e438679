"""What a socket has still to send, kept small however slowly the other side reads."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from models.jobs.status import ENDED

# As many as one event carries at most; the page shows fewer, the items have all.
MAX_ERRORS = 50

Event = Mapping[str, Any]


class Wake(Protocol):
    """What tells whoever empties a mailbox; a `threading.Event` is one."""

    def set(self) -> None: ...


class Mailbox:
    """Events of one job for one socket: the snapshot first, then only the newest state.

    Events that wait are merged into one, with the errors of all. `wake` is set when there is
    something to take.
    """

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._snapshot: Event | None = None
        self._snapshot_revision: int | None = None
        self._news: Event | None = None
        self._newest: Event | None = None
        self._over = False

    @property
    def has_snapshot(self) -> bool:
        """Whether a snapshot was put in, taken since or not."""
        return self._snapshot_revision is not None

    def put(self, event: Event) -> None:
        """Takes an event in, unless it tells nothing new.

        After `done` nothing is taken but the first snapshot: the job may end while that is read.
        """
        with self._lock:
            if self._over and (self.has_snapshot or event["type"] != "snapshot"):
                return
            if event["type"] == "snapshot":
                self._put_snapshot(event)
            else:
                self._put_news(event)
        self._wake.set()

    def take(self) -> list[Event]:
        """What is to be sent now, in order; nothing before the first snapshot."""
        with self._lock:
            if self._snapshot_revision is None:
                return []
            waiting = [event for event in (self._snapshot, self._news) if event is not None]
            self._snapshot = self._news = None
            return waiting

    def _put_snapshot(self, event: Event) -> None:
        if self._snapshot_revision is not None and (
            event["revision"] < self._snapshot_revision
            or self._is_known(event)
            or (self._newest is not None and event["revision"] < self._newest["revision"])
        ):
            return
        self._snapshot = event
        self._snapshot_revision = event["revision"]
        if self._news is not None and self._news["revision"] <= event["revision"]:
            self._news = None
            self._over = False
        self._remember(event)
        if has_ended(event):
            self._news = {**event, "type": "done"}
            self._over = True

    def _put_news(self, event: Event) -> None:
        if event["type"] == "done":
            self._over = True
        elif self._snapshot_revision is not None and (
            event["revision"] < self._snapshot_revision or self._is_known(event)
        ):
            return  # the snapshot tells it all
        elif self._newest is not None and event["revision"] < self._newest["revision"]:
            # Processes publish side by side: a late event's counts are outdated, its errors not.
            event = {**self._newest, "type": "progress", "errors": event["errors"]}
        self._remember(event)
        self._news = _merged(self._news, event) if self._news else event

    def _is_known(self, event: Event) -> bool:
        """Whether the snapshot is as new; what a job waits for changes without a commit."""
        newest = self._newest
        return event["revision"] == self._snapshot_revision and (
            newest is None or event.get("waiting_for") == newest.get("waiting_for")
        )

    def _remember(self, event: Event) -> None:
        if self._newest is None or event["revision"] >= self._newest["revision"]:
            self._newest = event


def has_ended(event: Event) -> bool:
    """Whether the job that an event tells of is over, with all its orders."""
    return event["status"] in ENDED and event["pending_items"] == 0


def _merged(earlier: Event, later: Event) -> Event:
    errors = [*earlier["errors"], *later["errors"]]
    return {**later, "errors": errors[-MAX_ERRORS:]}
