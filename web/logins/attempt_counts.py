"""Counts login attempts in fixed windows: in Redis, or in memory while Redis is down."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import redis

logger = logging.getLogger(__name__)

# The most counters in this process while Redis is down; each one costs a client an attempt.
MOST_IN_MEMORY: Final = 10_000

_TAKE_BACK: Final = """
if tonumber(redis.call('get', KEYS[1]) or 0) > 0 then redis.call('decr', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts the attempts of one `name`, for `seconds` from the first one."""

    name: str
    seconds: int

    @property
    def key(self) -> str:
        """The name's hash, because a user may type the password into the wrong field."""
        name = self.name.encode("utf-8", "surrogatepass")
        return f"login:attempts:{hashlib.sha256(name).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Count:
    """The attempts in the current window, and how many seconds it still lasts."""

    attempts: int
    seconds_left: float


class AttemptCounts:
    """Counts in Redis, or in the memory of this process while Redis does not answer."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = client
        self._memory = _Memory(clock)

    def add(self, counters: Sequence[Counter]) -> list[Count]:
        """Adds an attempt to each counter and returns the new counts."""
        try:
            with self._redis.pipeline() as pipeline:
                for counter in counters:
                    pipeline.set(counter.key, 0, ex=counter.seconds, nx=True)
                    pipeline.incr(counter.key)
                    pipeline.pttl(counter.key)
                answers = pipeline.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("Login attempts are counted in memory: %s", error)
            return self._memory.add(counters, 1)
        return [
            Count(attempts, left / 1000)
            for attempts, left in zip(answers[1::3], answers[2::3], strict=True)
        ]

    def take_back(self, counters: Sequence[Counter]) -> None:
        """Subtracts an attempt from each counter; one whose window has ended stays at 0."""
        self._memory.add(counters, -1)
        try:
            with self._redis.pipeline() as pipeline:
                for counter in counters:
                    pipeline.eval(_TAKE_BACK, 1, counter.key)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("A login attempt could not be taken back in Redis: %s", error)

    def forget(self, counter: Counter) -> None:
        """Sets the counter to 0."""
        self._memory.forget(counter)
        try:
            self._redis.delete(counter.key)
        except (redis.RedisError, OSError) as error:
            logger.warning("Login attempts could not be reset in Redis: %s", error)


class _Memory:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # attempts, and when the window ends

    def add(self, counters: Sequence[Counter], by: int) -> list[Count]:
        with self._lock:
            return [self._add(counter, by) for counter in counters]

    def forget(self, counter: Counter) -> None:
        with self._lock:
            self._counts.pop(counter.key, None)

    def _add(self, counter: Counter, by: int) -> Count:
        now = self._clock()
        attempts, until = self._counts.get(counter.key, (0, 0.0))
        if until <= now:
            attempts, until = 0, now + counter.seconds
            self._make_room(now)
        attempts = max(0, attempts + by)
        self._counts[counter.key] = (attempts, until)
        return Count(attempts, until - now)

    def _make_room(self, now: float) -> None:
        if len(self._counts) < MOST_IN_MEMORY:
            return
        self._counts = {key: each for key, each in self._counts.items() if each[1] > now}
        while len(self._counts) >= MOST_IN_MEMORY:
            del self._counts[next(iter(self._counts))]  # the oldest
