"""How this project connects to Redis."""

from __future__ import annotations

from functools import cache

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from models.settings import current_settings

# Redis answers in well under a millisecond: one that takes this long is not to be waited for.
CONNECT_TIMEOUT_SECONDS = 2.0
ANSWER_TIMEOUT_SECONDS = 2.0
# More than a process has threads: after a fault all of them send their messages anew at once, and
# Dramatiq takes a message for done even where sending it anew failed.
MAX_CONNECTIONS = 1_000


def new_client(url: str) -> redis.Redis:
    """A client with a pool of its own; answers are bytes.

    It tries nothing twice: a fetch whose answer was lost has handed out messages.
    """
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=ANSWER_TIMEOUT_SECONDS,
        health_check_interval=30,
        max_connections=MAX_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def shared_client() -> redis.Redis:
    """The client of this process for everything but the broker."""
    return new_client(current_settings().redis_url)
