"""The events that one connection has still to send, merged while the client reads slowly.

`sockets/websocket.py` closes the connection of a client that reads too slowly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from web.live.events import Event, has_ended, merge


class OutgoingQueue:
    """At most two events: the job's snapshot, then one event with everything since.

    `put` expects progress events in the order of their revisions; snapshots may arrive in between
    at any time. `on_put` is called when there may be something to take.
    """

    def __init__(self, on_put: Callable[[], None]) -> None:
        self._on_put = on_put
        self._lock = threading.Lock()
        self._snapshot: Event | None = None
        self._snapshot_revision: int | None = None
        self._update: Event | None = None
        self._newest: Event | None = None
        self._is_done = False

    @property
    def has_snapshot(self) -> bool:
        """Whether a snapshot was ever added, even if it has been taken."""
        return self._snapshot_revision is not None

    def put(self, event: Event) -> None:
        """Adds an event, unless it contains nothing new.

        After `done` it adds only the first snapshot: the job may end while that is being read.
        """
        with self._lock:
            if self._is_done and (self.has_snapshot or event["type"] != "snapshot"):
                return
            if event["type"] == "snapshot":
                self._put_snapshot(event)
            else:
                self._put_update(event)
        self._on_put()

    def take(self) -> list[Event]:
        """Removes and returns the events to send now, in order; none before the first snapshot."""
        with self._lock:
            if self._snapshot_revision is None:
                return []
            waiting = [event for event in (self._snapshot, self._update) if event is not None]
            self._snapshot = self._update = None
            return waiting

    def _put_snapshot(self, event: Event) -> None:
        if self._snapshot_revision is not None and (
            event["revision"] < self._snapshot_revision
            or self._repeats_snapshot(event)
            or (self._newest is not None and event["revision"] < self._newest["revision"])
        ):
            return
        self._snapshot = event
        self._snapshot_revision = event["revision"]
        if self._update is not None and self._update["revision"] <= event["revision"]:
            self._update = None
            self._is_done = False
        self._remember(event)
        if has_ended(event):
            self._update = {**event, "type": "done"}
            self._is_done = True

    def _put_update(self, event: Event) -> None:
        if event["type"] == "done":
            self._is_done = True
        elif self._snapshot_revision is not None and (
            event["revision"] < self._snapshot_revision or self._repeats_snapshot(event)
        ):
            return
        self._remember(event)
        self._update = merge(self._update, event) if self._update else event

    def _repeats_snapshot(self, event: Event) -> bool:
        """Whether the event equals the snapshot; `waiting_for` can change in the same revision."""
        newest = self._newest
        return event["revision"] == self._snapshot_revision and (
            newest is None or event.get("waiting_for") == newest.get("waiting_for")
        )

    def _remember(self, event: Event) -> None:
        if self._newest is None or event["revision"] >= self._newest["revision"]:
            self._newest = event
