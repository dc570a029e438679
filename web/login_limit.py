"""Slows down guessing of passwords: a few attempts per e-mail and address, counted in Redis."""

from __future__ import annotations

import hashlib
import logging

import redis

from models.errors import TooManyAttempts

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
WINDOW_SECONDS = 300


class LoginLimit:
    """Counts attempts from the first of a window on; a login that succeeds forgets them.

    Without Redis there is no limit: people can still log in.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def count_attempt(self, address: str, email: str) -> None:
        """Raises `TooManyAttempts` for the eleventh attempt within five minutes."""
        key = _key(address, email)
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.set(key, 0, ex=WINDOW_SECONDS, nx=True)
                pipeline.incr(key)
                _, attempts = pipeline.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("Login attempts are not counted: %s", error)
            return
        if attempts > MAX_ATTEMPTS:
            raise TooManyAttempts(
                "Too many logins failed for this e-mail address; try again in five minutes."
            )

    def forget(self, address: str, email: str) -> None:
        """Called after a login that succeeded."""
        try:
            self._redis.delete(_key(address, email))
        except (redis.RedisError, OSError) as error:
            logger.warning("Login attempts are not forgotten: %s", error)


def _key(address: str, email: str) -> str:
    # Hashed: what people type by mistake (a password, say) does not end up readable in Redis.
    who = f"{address}\n{email.strip().lower()}".encode("utf-8", "surrogatepass")
    return f"login:attempts:{hashlib.sha256(who).hexdigest()}"
