"""Which messages are in flight: in a queue's list, delayed, or with a living worker.

Dramatiq keeps a message's content in a hash beside the list. A message that is in the hash only
(the list was evicted, deleted or replaced) is lost: it is never delivered, and this module deletes
it.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from actors.broker import IMPORTS, INVOICES, SWEEP, broker

logger = logging.getLogger(__name__)

_PAGE = 1_000

InFlight = Mapping[uuid.UUID, set[int]]


def messages_in_flight() -> InFlight:
    """The orders that deliverable messages name, by job; raises `redis.RedisError`.

    A message that is sent or moved meanwhile may be left out.
    """
    found: dict[uuid.UUID, set[int]] = defaultdict(set)
    # A message that falls due moves from the delay queue to the main one.
    for queue in (f"{INVOICES}.DQ", INVOICES):
        for message in _deliverable(queue):
            try:
                job_id, order_id = json.loads(message)["args"]
                found[uuid.UUID(job_id)].add(int(order_id))
            except (ValueError, KeyError, TypeError, AttributeError):
                logger.warning("A message that names no order is in the queue: %.200r", message)
    return found


def jobs_being_cancelled() -> set[uuid.UUID]:
    """The jobs that a message tells the sweeper to finish cancelling; raises `redis.RedisError`."""
    jobs = set()
    for message in _deliverable(SWEEP):
        try:
            known = json.loads(message)
            if known["actor_name"] == "finish_cancelling_job":
                jobs.add(uuid.UUID(known["args"][1]))
        except (ValueError, LookupError, TypeError, AttributeError):
            logger.warning("A message that names no job is in the queue: %.200r", message)
    return jobs


def imports_in_flight() -> set[tuple[uuid.UUID, int]]:
    """The imports that deliverable messages name, each with its slice; raises
    `redis.RedisError`."""
    found = set()
    for queue in (f"{IMPORTS}.DQ", IMPORTS):
        for message in _deliverable(queue):
            try:
                run_id, slice_number = json.loads(message)["args"]
                found.add((uuid.UUID(run_id), int(slice_number)))
            except (ValueError, KeyError, TypeError, AttributeError):
                logger.warning("A message that names no import is in the queue: %.200r", message)
    return found


def _deliverable(queue: str) -> Iterator[bytes]:
    ids = _deliverable_ids(queue)
    contents = f"{broker.namespace}:{queue}.msgs"
    others = []
    for id_, message in broker.client.hscan_iter(contents, count=_PAGE):
        if id_ in ids:
            yield message
        else:
            others.append(id_)
    if others:
        # Sent or moved since the ids were read, or in the hash only.
        ids = _deliverable_ids(queue)
        for page in _pages([id_ for id_ in others if id_ in ids]):
            found: Any = broker.client.hmget(contents, page)
            yield from (message for message in found if message is not None)
        _delete(contents, [id_ for id_ in others if id_ not in ids])


def _delete(contents: str, orphans: Sequence[bytes]) -> None:
    """Deletes messages that no worker will get; some may be done and deleted already."""
    deleted = sum(broker.client.hdel(contents, *page) for page in _pages(orphans))
    if deleted:
        logger.warning("%d messages were in %s only: they were lost", deleted, contents)


def _deliverable_ids(queue: str) -> set[bytes]:
    """The ids in the list and with workers, read in this order, because messages move that way."""
    return _listed(queue) | _unacknowledged(queue)


def _listed(queue: str) -> set[bytes]:
    # Pages count from the end, where messages are added: fetching from the front shifts no page.
    ids: set[bytes] = set()
    key = f"{broker.namespace}:{queue}"
    for last in count(-1, -_PAGE):
        page: Any = broker.client.lrange(key, last - _PAGE + 1, last)
        ids.update(page)
        if len(page) < _PAGE:
            return ids
    raise AssertionError("unreachable: count() never ends")


def _unacknowledged(queue: str) -> set[bytes]:
    """The messages that living workers have; those of a dead worker come back or are sent again."""
    namespace, client = broker.namespace, broker.client
    oldest = client.time()[0] * 1_000 - broker.heartbeat_timeout
    living: Any = client.zrangebyscore(f"{namespace}:__heartbeats__", oldest, "+inf")
    with client.pipeline(transaction=False) as pipeline:
        for worker in living:
            pipeline.smembers(b"%b:__acks__.%b.%b" % (namespace.encode(), worker, queue.encode()))
        return set().union(*pipeline.execute())


def _pages(ids: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
