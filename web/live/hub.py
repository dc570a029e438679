"""Fans the progress of jobs out to the sockets of this process.

Pub/sub may lose events, so PostgreSQL is asked again after each (re)connection to Redis and when
nothing was heard of a job for some seconds: once per job, however many watch it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from models.errors import BillmillError
from web.live.outgoing_queue import Event, Mailbox, Wake
from web.live.redis_subscription import Subscription

logger = logging.getLogger(__name__)

QUIET_SECONDS = 3.0
TICK_SECONDS = 0.5
MAX_SOCKETS = 1_000

# What is read of an event here and in the mailboxes; anybody may publish anything.
_FIELDS = {"type": str, "revision": int, "status": str, "pending_items": int, "errors": list}

ReadSnapshot = Callable[[int, UUID], Event]


class TooManySockets(Exception):
    """This process holds as many sockets as it may."""


@dataclass(slots=True)
class _Watch:
    """One job that is being watched.

    `told` says that a snapshot was asked for, `refresh` asks for another at the next turn; whoever
    reads one holds `reading`.
    """

    organization_id: int
    heard_at: float
    told: bool = False
    refresh: bool = False
    newest: Event | None = None
    mailboxes: set[Mailbox] = field(default_factory=set)
    reading: threading.Lock = field(default_factory=threading.Lock)

    def in_order(self, event: Event) -> Event:
        """The event, or what is left of it when a newer one came before it.

        Processes publish side by side: a late event's counts are outdated, its errors not.
        """
        revision, newest = event["revision"], self.newest
        if newest is None or revision >= newest["revision"]:
            self.newest = event
        elif event["type"] != "done":
            return {**newest, "type": "progress", "errors": event["errors"]}
        return event


class Hub:
    """One per process; its two threads start with the first socket."""

    def __init__(
        self,
        redis_url: str,
        read_snapshot: ReadSnapshot,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_sockets = MAX_SOCKETS
        self._read_snapshot = read_snapshot
        self._clock = clock
        self._subscription = Subscription(
            redis_url, on_event=self.deliver, on_subscribed=self._refresh_all
        )
        self._lock = threading.Lock()
        self._watches: dict[UUID, _Watch] = {}
        self._wakes: set[Wake] = set()
        self._attention = threading.Event()
        self._is_closing = False
        self._started = False

    @property
    def is_closing(self) -> bool:
        """Whether the process is about to end."""
        return self._is_closing

    def close(self) -> None:
        """Lets all sockets end, within `TICK_SECONDS`.

        Signal handlers call it, and one may interrupt another: an `Event` set here would be waited
        for by the very thread that holds its lock.
        """
        self._is_closing = True

    def knows(self, organization_id: int, job_id: UUID) -> bool:
        """Whether somebody of the organisation watches the job already."""
        with self._lock:
            watch = self._watches.get(job_id)
            return watch is not None and watch.organization_id == organization_id

    @contextmanager
    def watching(self, organization_id: int, job_id: UUID, wake: Wake) -> Iterator[Mailbox]:
        """A mailbox for the job's events, subscribed before its snapshot is read.

        The caller has made sure that the organisation may see the job. Raises `TooManySockets`,
        and what reading the snapshot raises.
        """
        mailbox = Mailbox(wake)
        watch = self._join(organization_id, job_id, mailbox, wake)
        try:
            self._start()
            # Without Redis, too, there is something to show; events follow when it is back.
            self._subscription.subscribed.wait(TICK_SECONDS)
            watch.told = True
            self._read_for(mailbox, job_id, watch)
            yield mailbox
        finally:
            self._leave(job_id, mailbox, wake)

    def deliver(self, job_id: str, body: str) -> None:
        """Gives an event to everyone who watches the job."""
        try:
            with self._lock:
                watch = self._watches.get(UUID(job_id))
            if watch is None:
                return
            event = _read_event(body)
        except (ValueError, RecursionError) as error:
            logger.warning("An event of job %s cannot be read: %r", job_id, error)
            return
        with self._lock:
            watch.heard_at = self._clock()
            event = watch.in_order(event)
            mailboxes = list(watch.mailboxes)
        for mailbox in mailboxes:
            mailbox.put(event)

    def refresh_quiet(self) -> None:
        """Reads a snapshot for each job that needs one and gives it to everyone who watches."""
        with self._lock:
            now = self._clock()
            due = [
                (job_id, watch)
                for job_id, watch in self._watches.items()
                if watch.refresh or now - watch.heard_at >= QUIET_SECONDS
            ]
            for _, watch in due:
                watch.refresh = False
                watch.heard_at = now
        for job_id, watch in due:
            self._refresh(job_id, watch)

    def _refresh(self, job_id: UUID, watch: _Watch) -> None:
        try:
            with watch.reading:
                self._read(job_id, watch)
        except (SQLAlchemyError, BillmillError) as error:
            logger.warning("No snapshot of job %s: %s", job_id, type(error).__name__)
        except Exception:
            # Without the thread that refreshes, nobody here would get a snapshot any more.
            logger.exception("No snapshot of job %s", job_id)

    def _read_for(self, mailbox: Mailbox, job_id: UUID, watch: _Watch) -> None:
        """A snapshot for a mailbox, unless another's reading, begun after it came, served it."""
        with watch.reading:
            if not mailbox.has_snapshot:
                self._read(job_id, watch)

    def _read(self, job_id: UUID, watch: _Watch) -> None:
        with self._lock:
            # Not those who come while it is read: they may have missed what came before them.
            mailboxes = list(watch.mailboxes)
        snapshot = self._read_snapshot(watch.organization_id, job_id)
        for mailbox in mailboxes:
            mailbox.put(snapshot)

    def _refresh_all(self) -> None:
        with self._lock:
            for watch in self._watches.values():
                watch.refresh = watch.told
        self._attention.set()

    def _join(self, organization_id: int, job_id: UUID, mailbox: Mailbox, wake: Wake) -> _Watch:
        with self._lock:
            if len(self._wakes) >= self.max_sockets:
                raise TooManySockets
            watch = self._watches.setdefault(job_id, _Watch(organization_id, self._clock()))
            watch.mailboxes.add(mailbox)
            self._wakes.add(wake)
            return watch

    def _leave(self, job_id: UUID, mailbox: Mailbox, wake: Wake) -> None:
        with self._lock:
            watch = self._watches[job_id]
            watch.mailboxes.discard(mailbox)
            self._wakes.discard(wake)
            if not watch.mailboxes:
                del self._watches[job_id]

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        for name, target in (("live-events", self._listen), ("live-snapshots", self._tend)):
            threading.Thread(target=target, name=name, daemon=True).start()

    def _listen(self) -> None:
        self._subscription.run(lambda: self._is_closing)

    def _tend(self) -> None:
        while not self._is_closing:
            self._attention.wait(TICK_SECONDS)
            self._attention.clear()
            self.refresh_quiet()
        with self._lock:
            wakes = list(self._wakes)
        for wake in wakes:
            wake.set()


def _read_event(body: str) -> Event:
    """What was published; raises `ValueError` for what is no event, `RecursionError` too."""
    event: Any = json.loads(body)
    sound = isinstance(event, dict) and all(
        isinstance(event.get(name), kind) for name, kind in _FIELDS.items()
    )
    if not sound or event["type"] not in ("progress", "done"):
        raise ValueError(f"no event: {body:.100}")
    read: Event = event
    return read
