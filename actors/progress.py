"""Publishes the progress of jobs: a hash for people with redis-cli, events for watchers.

Only committed states are published. Pub/sub may lose events, and Redis may be unavailable.
PostgreSQL is the source of truth, so a failure to publish is only logged.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Generic

from dramatiq import Broker, Middleware, Worker
from redis.exceptions import RedisError
from redis.utils import str_if_bytes
from sqlalchemy.exc import SQLAlchemyError

from actors import unexpected_errors, waiting_reasons
from actors.redis_connection import shared_client
from actors.throttle import Event, S, Throttle
from models.database import org_transaction
from models.jobs.published_state import COUNTED, ItemError, JobState, job_totals
from models.jobs.status import RUNNABLE

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.1
# How long a worker that shuts down waits for an event that is just being published.
FLUSH_SECONDS = 5.0
HASH_TTL_SECONDS = 7 * 24 * 3600


def job_key(job_id: uuid.UUID) -> str:
    """The hash that holds the job's last state."""
    return f"job:{job_id}"


def job_channel(job_id: uuid.UUID) -> str:
    """The channel of the job's events."""
    return f"job:{job_id}:progress"


def organization_channel(organization_id: int) -> str:
    """The channel that announces which jobs of an organisation changed their status."""
    return f"org:{organization_id}:jobs"


class ProgressBus(Generic[S]):
    """Publishes from a separate thread, so that no commit waits for Redis."""

    def __init__(self, publish: Callable[[S, Sequence[ItemError]], None]) -> None:
        self._publish_now = publish
        self._throttle: Throttle[S] = Throttle(INTERVAL_SECONDS, time.monotonic)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_publishing = False

    def offer(self, state: S, errors: Sequence[ItemError] = ()) -> None:
        """Queues a state to be published within the interval, or at once if the job has ended."""
        with self._changed:
            self._throttle.offer(Event(state, tuple(errors)))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Publishes all events now, and waits up to `seconds` for the one in progress."""
        with self._changed:
            remaining = self._throttle.take_all()
        for event in remaining:
            self._publish(event)
        with self._changed:
            self._changed.wait_for(lambda: not self._is_publishing, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._throttle.is_waiting, timeout=None)
                due = self._throttle.take_due()
                self._is_publishing = bool(due)
                if not due:
                    self._changed.wait(INTERVAL_SECONDS)
            for event in due:
                self._publish(event)
            with self._changed:
                self._is_publishing = False
                self._changed.notify_all()

    def _publish(self, event: Event[S]) -> None:
        try:
            self._publish_now(event.state, event.errors)
        except Exception as error:
            # The thread must survive: it publishes the events of all jobs.
            message = "Progress of %s could not be published"
            unexpected_errors.note("progress", error, message, event.state.id)


# Several processes publish states of one job: the hash never goes back to an older one.
_WRITE_AND_PUBLISH = """
local known = redis.call('hmget', KEYS[1], 'revision', 'status')
if tonumber(known[1] or -1) <= tonumber(ARGV[1]) then
    redis.call('hset', KEYS[1], unpack(ARGV, 6))
    redis.call('expire', KEYS[1], ARGV[3])
    redis.call('del', KEYS[4])
    if known[2] ~= ARGV[2] then redis.call('publish', KEYS[3], ARGV[4]) end
end
redis.call('publish', KEYS[2], ARGV[5])
"""


def publish(state: JobState, errors: Sequence[ItemError] = ()) -> None:
    """Publishes now: the hash, the event, and a change of status to the organisation's channel."""
    try:
        _write_and_publish(state, _body(state, errors))
    except (RedisError, SQLAlchemyError, OSError) as error:
        # An exhausted connection pool counts, too. The commit stands even if its event is lost.
        logger.warning("Progress of job %s could not be published: %s", state.job_id, error)


bus = ProgressBus(publish)


class FlushProgress(Middleware):
    """Publishes the remaining events when a worker shuts down."""

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq once the worker's threads have ended."""
        bus.flush(FLUSH_SECONDS)


def publish_waiting(job_id: uuid.UUID, reason: str) -> None:
    """Publishes why the job's orders wait; this holds until the next commit, or for a minute.

    PostgreSQL may be the reason, so the event has the counters from the hash in Redis.
    """
    try:
        found = waiting_reasons.note(job_id, reason)
        known = {
            str_if_bytes(field): str_if_bytes(value)
            for field, value in shared_client().hgetall(job_key(job_id)).items()
        }
        if found is not None and known.get("status") in RUNNABLE:
            body = {"type": "progress", **_typed(known), "errors": [], **found.as_dict()}
            shared_client().publish(job_channel(job_id), json.dumps(body))
    except (RedisError, ValueError) as error:
        logger.warning("The reason why job %s waits could not be published: %s", job_id, error)


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """The scalar fields of an event, from the hash that holds them as text."""
    return {
        name: (int(value) if name in _INTEGERS else value or None) for name, value in fields.items()
    }


_INTEGERS = frozenset(("revision", *(f"{count}_items" for count in COUNTED)))


def _write_and_publish(state: JobState, body: dict[str, Any]) -> None:
    job_id = state.job_id
    announcement = {"type": "job", "job_id": str(job_id), "status": state.status}
    fields = [part for field in state.as_dict().items() for part in (field[0], scalar(field[1]))]
    client = shared_client()
    client.register_script(_WRITE_AND_PUBLISH)(
        keys=[
            job_key(job_id),
            job_channel(job_id),
            organization_channel(state.organization_id),
            waiting_reasons.key(job_id),
        ],
        args=[
            state.revision,
            state.status,
            HASH_TTL_SECONDS,
            json.dumps(announcement),
            json.dumps(body),
            *fields,
        ],
    )


def _body(state: JobState, errors: Sequence[ItemError]) -> dict[str, Any]:
    body = {
        "type": "done" if state.ended else "progress",
        **state.as_dict(),
        "errors": [error.as_dict() for error in errors],
        **waiting_reasons.NOT,
    }
    if state.ended:
        with org_transaction(state.organization_id) as session:
            body["totals"] = job_totals(session, state.job_id)
    return body


def scalar(value: object) -> str | int:
    """The value as a field of a hash in Redis."""
    if isinstance(value, int):
        return value
    return "" if value is None else str(value)
