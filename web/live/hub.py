"""Fans out the progress of jobs and imports from Redis to the connections of this process.

An import is watched like a job, so here "job" means both: their ids are UUIDs, which differ.

Pub/sub can lose events. So the hub reads a job's snapshot from PostgreSQL after each (re)connection
to Redis, and when Redis has sent nothing about the job for some seconds. It reads once per job,
however many clients watch it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from models.errors import BillmillError
from web.live.events import Event, parse_event
from web.live.pending_events import OutgoingQueue
from web.live.redis_subscription import RedisSubscription
from web.live.watched_job import WatchedJob

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
MAX_SOCKETS = 1_000

ReadSnapshot = Callable[[int, UUID], Event]


class TooManySockets(Exception):
    """This process has `max_sockets` connections already."""


class Hub:
    """One per process. The first subscriber starts its two threads: one receives events from Redis,
    the other reads snapshots that are due."""

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
        self._redis = RedisSubscription(
            redis_url, on_event=self.fan_out, on_subscribed=self._require_reads
        )
        self._lock = threading.Lock()
        self._jobs: dict[UUID, WatchedJob] = {}
        self._subscribers = 0
        self._reads_required = threading.Event()
        self._is_closing = False
        self._is_started = False

    @property
    def is_closing(self) -> bool:
        """Whether the process is ending."""
        return self._is_closing

    def close(self) -> None:
        """Ends the threads, and through `is_closing` the connections, within `TICK_SECONDS`.

        Signal handlers call this, and one may interrupt another. So it only sets a flag: an `Event`
        would deadlock if the interrupted handler held its lock.
        """
        self._is_closing = True

    def is_watched(self, organization_id: int, job_id: UUID) -> bool:
        """Whether a client of the organisation watches the job already."""
        with self._lock:
            job = self._jobs.get(job_id)
            return job is not None and job.organization_id == organization_id

    @contextmanager
    def subscribe(
        self,
        organization_id: int,
        job_id: UUID,
        on_put: Callable[[], None],
        read_snapshot: ReadSnapshot | None = None,
    ) -> Iterator[OutgoingQueue]:
        """A queue with the job's snapshot, which receives its events inside the `with` block.

        `read_snapshot` is given for what is no batch job. The caller has checked that the
        organisation may see the job. Raises `TooManySockets`, and what reading the snapshot raises.
        """
        queue = OutgoingQueue(on_put)
        job = self._add(organization_id, job_id, queue, read_snapshot or self._read_snapshot)
        try:
            self._start_threads()
            # Without Redis there is still a snapshot to show; events follow when Redis is back.
            self._redis.subscribed.wait(TICK_SECONDS)
            job.read_for(queue)
            yield queue
        finally:
            self._remove(job_id, job, queue)

    def fan_out(self, job_id: str, body: str) -> None:
        """Puts a published event into the queues of the job's subscribers."""
        try:
            with self._lock:
                job = self._jobs.get(UUID(job_id))
            if job is None:
                return
            event = parse_event(body)
        except (ValueError, RecursionError) as error:
            logger.warning("An event of job %s cannot be read: %r", job_id, error)
            return
        job.publish(event, self._clock())

    def read_due_snapshots(self) -> None:
        """Reads the snapshot of each job that needs a new one."""
        now = self._clock()
        with self._lock:
            due = [(job_id, job) for job_id, job in self._jobs.items() if job.take_due(now)]
        for job_id, job in due:
            try:
                job.read_again()
            except (SQLAlchemyError, BillmillError) as error:
                logger.warning("No snapshot of job %s: %s", job_id, type(error).__name__)
            except Exception:
                # The thread must continue: only it reads later snapshots.
                logger.exception("No snapshot of job %s", job_id)

    def _require_reads(self) -> None:
        with self._lock:
            for job in self._jobs.values():
                job.require_read()
        self._reads_required.set()

    def _add(
        self, organization_id: int, job_id: UUID, queue: OutgoingQueue, read: ReadSnapshot
    ) -> WatchedJob:
        with self._lock:
            if self._subscribers >= self.max_sockets:
                raise TooManySockets
            job = self._jobs.get(job_id)
            if job is None:
                read_one = partial(read, organization_id, job_id)
                job = self._jobs[job_id] = WatchedJob(organization_id, read_one, self._clock())
            job.add(queue)
            self._subscribers += 1
            return job

    def _remove(self, job_id: UUID, job: WatchedJob, queue: OutgoingQueue) -> None:
        with self._lock:
            self._subscribers -= 1
            if job.remove(queue):
                del self._jobs[job_id]

    def _start_threads(self) -> None:
        with self._lock:
            if self._is_started:
                return
            self._is_started = True
        for name, target in (
            ("live-events", self._receive_events),
            ("live-snapshots", self._read_snapshots),
        ):
            threading.Thread(target=target, name=name, daemon=True).start()

    def _receive_events(self) -> None:
        self._redis.run(lambda: self._is_closing)

    def _read_snapshots(self) -> None:
        while not self._is_closing:
            self._reads_required.wait(TICK_SECONDS)
            self._reads_required.clear()
            self.read_due_snapshots()
