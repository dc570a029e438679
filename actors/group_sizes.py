"""How many orders share a commit: a histogram over all workers, kept in Redis."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

from redis.exceptions import RedisError

from actors.redis_connection import shared_client

logger = logging.getLogger(__name__)

KEY = "billmill:group_sizes"
ITEMS = "items"
BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_INTERVAL_SECONDS = 1.0


class GroupSizes:
    """Counts groups by the smallest bound that their size does not exceed.

    The Redis hash `KEY` holds the counts by bound, and under `ITEMS` the orders in all groups.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unsent: Counter[str] = Counter()
        self._sent_at = 0.0

    def count(self, size: int) -> None:
        """Counts one more group, and sends the counts to Redis once a second at most."""
        bound = next((bound for bound in BOUNDS if size <= bound), BOUNDS[-1])
        with self._lock:
            self._unsent.update({str(bound): 1, ITEMS: size})
            if time.monotonic() - self._sent_at < _INTERVAL_SECONDS:
                return
            self._sent_at = time.monotonic()
        self.flush()

    def flush(self) -> None:
        """Sends the counts that Redis does not have yet; if that fails, they are lost."""
        with self._lock:
            counts, self._unsent = self._unsent, Counter()
        try:
            with shared_client().pipeline(transaction=False) as pipeline:
                for field, count in counts.items():
                    pipeline.hincrby(KEY, field, count)
                pipeline.execute()
        except RedisError as error:
            logger.warning("The sizes of groups could not be counted: %s", error)
