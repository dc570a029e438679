"""Which messages are in Redis: queued, delayed, or handed to a worker that has not answered yet."""

from __future__ import annotations

import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Mapping

from actors.broker import INVOICES, broker

logger = logging.getLogger(__name__)

_PAGE = 1_000

InFlight = Mapping[uuid.UUID, set[int]]


def messages_in_flight() -> InFlight:
    """The orders, by job, that a message in Redis names; raises `redis.RedisError`."""
    found: dict[uuid.UUID, set[int]] = defaultdict(set)
    for queue in (INVOICES, f"{INVOICES}.DQ"):
        for _, message in broker.client.hscan_iter(f"{broker.namespace}:{queue}.msgs", count=_PAGE):
            try:
                job_id, order_id = json.loads(message)["args"]
                found[uuid.UUID(job_id)].add(int(order_id))
            except (ValueError, KeyError, TypeError, AttributeError):
                logger.warning("A message that names no order is in the queue: %.200r", message)
    return found
