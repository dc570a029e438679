"""Counters that begin anew after a while: in Redis, and in memory while that is away."""

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

# Of this process, while Redis is away; each costs an attempt.
MOST_IN_MEMORY: Final = 10_000

_TAKE_BACK: Final = """
if tonumber(redis.call('get', KEYS[1]) or 0) > 0 then redis.call('decr', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, under a `name`, for so many `seconds` from its first attempt on."""

    name: str
    seconds: int

    @property
    def key(self) -> str:
        """Hashed: what people type by mistake (a password, say) does not end up readable."""
        who = self.name.encode("utf-8", "surrogatepass")
        return f"login:attempts:{hashlib.sha256(who).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Count:
    """How many attempts there were, and for how many seconds they are remembered."""

    attempts: int
    seconds_left: float


class AttemptCounts:
    """Counts in Redis; without it in the memory of this process."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = client
        self._memory = _Memory(clock)

    def add(self, counters: Sequence[Counter]) -> list[Count]:
        """One more attempt for each of them, and what they count now."""
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
        """One attempt less for each of them; one that has begun anew meanwhile stays at 0."""
        self._memory.add(counters, -1)
        try:
            with self._redis.pipeline() as pipeline:
                for counter in counters:
                    pipeline.eval(_TAKE_BACK, 1, counter.key)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("A login attempt is not taken back in Redis: %s", error)

    def forget(self, counter: Counter) -> None:
        """It begins anew with the next attempt."""
        self._memory.forget(counter)
        try:
            self._redis.delete(counter.key)
        except (redis.RedisError, OSError) as error:
            logger.warning("Login attempts are not forgotten in Redis: %s", error)


class _Memory:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # attempts, and until when

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
