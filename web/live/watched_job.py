"""One job that clients watch: orders its events, reads its snapshot once for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from web.live.events import Event, with_newer_counts
from web.live.pending_events import OutgoingQueue

# The snapshot is read again when Redis has sent nothing about the job for this long.
QUIET_SECONDS: Final = 3.0


class WatchedJob:
    """The outgoing queues of the connections that watch one job. Safe to call from any thread."""

    def __init__(
        self, organization_id: int, read_snapshot: Callable[[], Event], now: float
    ) -> None:
        """Times are seconds of a monotonic clock."""
        self.organization_id = organization_id
        self._read_snapshot = read_snapshot
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._queues: set[OutgoingQueue] = set()
        self._newest: Event | None = None
        self._heard_at = now
        self._snapshot_requested = False
        self._must_read = False

    def add(self, queue: OutgoingQueue) -> None:
        """Sends the job's events to the queue from now on."""
        with self._lock:
            self._queues.add(queue)

    def remove(self, queue: OutgoingQueue) -> bool:
        """Sends the queue no more events; returns whether no queue is left."""
        with self._lock:
            self._queues.discard(queue)
            return not self._queues

    def publish(self, event: Event, now: float) -> None:
        """Puts the event into all queues."""
        with self._lock:
            self._heard_at = now
            event = self._in_order(event)
            queues = list(self._queues)
        for queue in queues:
            queue.put(event)

    def read_for(self, queue: OutgoingQueue) -> None:
        """Reads a queue's first snapshot, unless a read that began after `add` has provided it."""
        self._snapshot_requested = True
        with self._reading:
            if not queue.has_snapshot:
                self._read()

    def read_again(self) -> None:
        """Reads a snapshot for all queues."""
        with self._reading:
            self._read()

    def require_read(self) -> None:
        """Makes the snapshot due, because events may have been lost."""
        self._must_read = self._snapshot_requested

    def take_due(self, now: float) -> bool:
        """Whether a snapshot is due; if so, the next one is due after `QUIET_SECONDS`."""
        with self._lock:
            if not self._must_read and now - self._heard_at < QUIET_SECONDS:
                return False
            self._must_read = False
            self._heard_at = now
            return True

    def _read(self) -> None:
        with self._lock:
            # A queue that is added during the read may lack events from before it was added.
            queues = list(self._queues)
        snapshot = self._read_snapshot()
        for queue in queues:
            queue.put(snapshot)

    def _in_order(self, event: Event) -> Event:
        """Worker processes publish concurrently, so an event can arrive after a newer one."""
        newest = self._newest
        if newest is None or event["revision"] >= newest["revision"]:
            self._newest = event
        elif event["type"] != "done":
            return with_newer_counts(event, newest)
        return event
