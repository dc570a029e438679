"""Why a job's orders wait. Redis keeps the reason, because it may be an outage of PostgreSQL."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from redis.exceptions import RedisError

from actors.redis_connection import shared_client
from models.jobs.status import RUNNABLE

logger = logging.getLogger(__name__)

# Each postponed message renews the reason; after this long without one, the reason no longer
# applies.
TTL_SECONDS = 60
# If many groups of a job are postponed at once, only one per second writes the reason.
_INTERVAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a job waits for ("the database's disk is full"), and since when (ISO 8601, UTC)."""

    reason: str
    since: str

    def as_dict(self) -> dict[str, str]:
        """The fields of events and of the API."""
        return {"waiting_for": self.reason, "waiting_since": self.since}


def sentence(reason: str) -> str:
    """The sentence that people read."""
    return f"Waiting: {reason}. The job continues automatically."


NOT: Final[Mapping[str, Any]] = MappingProxyType({"waiting_for": None, "waiting_since": None})
"""The fields of a job that does not wait."""


def key(job_id: uuid.UUID) -> str:
    """The hash that says what the job waits for."""
    return f"job:{job_id}:waiting"


_noted_at: dict[uuid.UUID, float] = {}
_lock = threading.Lock()


def note(job_id: uuid.UUID, reason: str) -> Waiting | None:
    """Writes the reason to Redis; None when this process did so within the last second.

    Raises `redis.RedisError`.
    """
    if not _is_due(job_id):
        return None
    name, now = key(job_id), datetime.now(UTC).isoformat(timespec="seconds")
    with shared_client().pipeline() as pipeline:
        pipeline.hset(name, "reason", reason)
        pipeline.hsetnx(name, "since", now)
        pipeline.expire(name, TTL_SECONDS)
        pipeline.hget(name, "since")
        *_, since = pipeline.execute()
    return Waiting(reason, since.decode())


def _is_due(job_id: uuid.UUID) -> bool:
    now = time.monotonic()
    with _lock:
        for known in [one for one, at in _noted_at.items() if now - at >= _INTERVAL_SECONDS]:
            del _noted_at[known]
        return _noted_at.setdefault(job_id, now) == now


def waiting_job(job_id: uuid.UUID, status: str) -> Waiting | None:
    """What a job of this status waits for; None if it does not wait, or without Redis."""
    return waiting_jobs({job_id: status}).get(job_id)


def waiting_jobs(statuses: Mapping[uuid.UUID, str]) -> dict[uuid.UUID, Waiting]:
    """What each waiting job waits for; empty without Redis.

    Only a job whose status is pending or processing waits, whatever Redis still says.
    """
    runnable = [job_id for job_id, status in statuses.items() if status in RUNNABLE]
    if not runnable:
        return {}
    try:
        with shared_client().pipeline(transaction=False) as pipeline:
            for job_id in runnable:
                pipeline.hmget(key(job_id), "reason", "since")
            answers = pipeline.execute()
    except RedisError as error:
        logger.warning("What jobs wait for cannot be read: %s", error)
        return {}
    return {
        job_id: Waiting(reason.decode(), since.decode())
        for job_id, (reason, since) in zip(runnable, answers, strict=True)
        if reason and since
    }
