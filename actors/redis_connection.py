"""How this project connects to Redis."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from models.settings import current_settings

logger = logging.getLogger(__name__)

# Redis answers in well under a millisecond; waiting longer than this is pointless.
CONNECT_TIMEOUT_SECONDS = 2.0
ANSWER_TIMEOUT_SECONDS = 2.0
# More than a process has threads: after a fault all of them re-enqueue messages at once, and
# Dramatiq acknowledges a message even if re-enqueueing it failed.
MAX_CONNECTIONS = 1_000


def new_client(url: str) -> redis.Redis:
    """A client with its own connection pool; answers are bytes.

    It does not retry: a fetch whose answer was lost has handed out messages already.
    """
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=ANSWER_TIMEOUT_SECONDS,
        health_check_interval=30,
        max_connections=MAX_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
    )


def eviction_risk(client: redis.Redis) -> str:
    """A sentence if this Redis may evict keys when memory is short; "" if not.

    With a limit and any policy but `noeviction` it deletes messages and counts of failed logins.
    INFO answers even where CONFIG is forbidden. Raises `redis.RedisError`.
    """
    memory: Any = client.info("memory")
    limit, policy = int(memory.get("maxmemory", 0)), memory.get("maxmemory_policy", "noeviction")
    if limit and policy != "noeviction":
        return f"maxmemory is {limit} bytes with maxmemory-policy {policy}, which deletes messages"
    return ""


def warn_of_eviction() -> None:
    """Logs a warning if Redis may evict messages; nothing if it does not answer."""
    with suppress(redis.RedisError, OSError):
        risk = eviction_risk(shared_client())
        if risk:
            logger.warning("Redis: %s; set maxmemory-policy to noeviction", risk)


@cache
def shared_client() -> redis.Redis:
    """The client of this process for everything but the broker."""
    return new_client(current_settings().redis_url)
