"""The one Redis subscription of this process, to the progress of all jobs and imports."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# `job:{id}:progress` and `import:{id}:progress`.
PATTERN = "*:*:progress"
# How often to check, while no event arrives, whether the process is ending and Redis answers.
TICK_SECONDS = 1.0
RECONNECT_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


class RedisSubscription:
    """Reconnects until it is stopped."""

    def __init__(
        self,
        redis_url: str,
        *,
        on_event: Callable[[str, str], None],
        on_subscribed: Callable[[], None],
    ) -> None:
        """`on_event` gets an id and the event's JSON. `on_subscribed` is called after each
        (re)connection: earlier events may be lost."""
        self._redis_url = redis_url
        self._on_event = on_event
        self._on_subscribed = on_subscribed
        self._failures = 0
        self.subscribed = threading.Event()

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Receives events until `is_stopping` returns true; it is called after each wait."""
        while not is_stopping():
            try:
                self._listen(is_stopping)
            except (redis.RedisError, OSError) as error:
                if self._failures == 0:
                    logger.warning("Live progress waits for Redis: %s", error)
                self._pause()
            except Exception:
                # The thread must continue: only it receives events.
                logger.exception("Receiving live progress failed; subscribing again")
                self._pause()

    def _pause(self) -> None:
        self.subscribed.clear()
        pause = RECONNECT_PAUSES[min(self._failures, len(RECONNECT_PAUSES) - 1)]
        self._failures += 1
        time.sleep(pause)

    def _listen(self, is_stopping: Callable[[], bool]) -> None:
        # The client must not retry: that would hide that events were lost.
        client = redis.Redis.from_url(
            self._redis_url,
            socket_connect_timeout=2.0,
            socket_timeout=5.0,
            health_check_interval=10,
            retry=Retry(NoBackoff(), 0),
        )
        with client, client.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.psubscribe(PATTERN)
            while not is_stopping():
                message = pubsub.get_message(timeout=TICK_SECONDS)
                if message is not None:
                    self._receive(message)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "psubscribe":
            self._failures = 0
            self._on_subscribed()
            self.subscribed.set()
        elif message["type"] == "pmessage":
            # Any client of Redis can publish anything; without UTF-8 it is neither job id nor JSON.
            channel, data = (
                part.decode(errors="replace") for part in (message["channel"], message["data"])
            )
            self._on_event(channel.split(":")[1], data)
