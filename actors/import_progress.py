"""Publishes the progress of imports: a hash for people with redis-cli, events for watchers.

As with jobs (`progress.py`), only committed states are published, and PostgreSQL is the source of
truth.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from dramatiq import Broker, Middleware, Worker
from redis.exceptions import RedisError

from actors.progress import FLUSH_SECONDS, HASH_TTL_SECONDS, ProgressBus, scalar
from actors.redis_connection import shared_client
from models.jobs.published_state import ItemError
from models.order_import.runs.state import RunState

logger = logging.getLogger(__name__)


def import_key(run_id: uuid.UUID) -> str:
    """The hash that holds the import's last state."""
    return f"import:{run_id}"


def import_channel(run_id: uuid.UUID) -> str:
    """The channel of the import's events."""
    return f"import:{run_id}:progress"


# Several processes publish states of one import: the hash never goes back to an older one.
_WRITE_AND_PUBLISH = """
if tonumber(redis.call('hget', KEYS[1], 'revision') or -1) <= tonumber(ARGV[1]) then
    redis.call('hset', KEYS[1], unpack(ARGV, 4))
    redis.call('expire', KEYS[1], ARGV[2])
end
redis.call('publish', KEYS[2], ARGV[3])
"""


def publish_run(state: RunState, _errors: Sequence[ItemError] = ()) -> None:
    """Publishes now: the hash and the event. The commit stands even if its event is lost."""
    fields = [part for name, value in state.as_dict().items() for part in (name, scalar(value))]
    try:
        shared_client().register_script(_WRITE_AND_PUBLISH)(
            keys=[import_key(state.id), import_channel(state.id)],
            args=[state.revision, HASH_TTL_SECONDS, json.dumps(event_of(state)), *fields],
        )
    except (RedisError, OSError) as error:
        logger.warning("Progress of import %s could not be published: %s", state.id, error)


def event_of(state: RunState) -> dict[str, Any]:
    """The event that tells watchers of a commit."""
    return {"type": "done" if state.ended else "progress", **state.as_dict(), "errors": []}


import_bus = ProgressBus(publish_run)


class FlushImportProgress(Middleware):
    """Publishes the remaining events when a worker shuts down."""

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq once the worker's threads have ended."""
        import_bus.flush(FLUSH_SECONDS)
