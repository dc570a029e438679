"""How this project connects to Redis."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis

from models.settings import current_settings

# Redis answers in well under a millisecond: one that takes this long is not to be waited for.
CONNECT_TIMEOUT_SECONDS = 2.0
ANSWER_TIMEOUT_SECONDS = 2.0

# What redis-py raises when Redis is away: a timeout is not a ConnectionError there.
UNREACHABLE = (redis.ConnectionError, redis.TimeoutError)


def new_client(url: str, **options: Any) -> redis.Redis:
    """A client with a pool of its own; answers are bytes. `options` are redis-py's."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=ANSWER_TIMEOUT_SECONDS,
        health_check_interval=30,
        **options,
    )


@cache
def shared_client() -> redis.Redis:
    """The client of this process for everything but the broker."""
    return new_client(current_settings().redis_url)
