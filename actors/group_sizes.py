"""How large the groups are that share a commit: a histogram over all workers, kept in Redis."""

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
        self._untold: Counter[str] = Counter()
        self._told_at = 0.0

    def count(self, size: int) -> None:
        """Takes one more group into account, and tells Redis of some of them at a time."""
        bound = next((bound for bound in BOUNDS if size <= bound), BOUNDS[-1])
        with self._lock:
            self._untold.update({str(bound): 1, ITEMS: size})
            if time.monotonic() - self._told_at < _INTERVAL_SECONDS:
                return
            self._told_at = time.monotonic()
        self.tell()

    def tell(self) -> None:
        """Tells Redis of what it was not told yet; if that fails, it is lost."""
        with self._lock:
            counts, self._untold = self._untold, Counter()
        try:
            with shared_client().pipeline(transaction=False) as pipeline:
                for field, count in counts.items():
                    pipeline.hincrby(KEY, field, count)
                pipeline.execute()
        except RedisError as error:
            logger.warning("The sizes of groups could not be told: %s", error)
