"""Counts the processes that consume a queue, and ends a process in which a thread has died."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from dramatiq import Broker, Middleware, Worker
from dramatiq.common import q_name
from redis.exceptions import RedisError

from actors.redis_connection import shared_client, warn_of_eviction

if TYPE_CHECKING:
    import redis

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
# A consumer calls Redis at least once a second; it counts as gone after this long without a reply.
ALIVE_SECONDS = 5
EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h: an internal error

_ANNOUNCE = """
local now = tonumber(redis.call('time')[1])
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[2])
redis.call('zremrangebyscore', KEYS[1], now + 1, '+inf')
redis.call('expire', KEYS[1], 3600)
"""


def _key(queue: str) -> str:
    return f"billmill:consumers:{queue}"


def count_consumers(client: redis.Redis, queues: Iterable[str]) -> Mapping[str, int]:
    """How many processes consume each of the queues now; raises `redis.RedisError`."""
    queues = list(queues)
    now = client.time()[0]
    with client.pipeline(transaction=False) as pipeline:
        for queue in queues:
            pipeline.zcount(_key(queue), now - ALIVE_SECONDS, now + 1)
        return dict(zip(queues, pipeline.execute(), strict=True))


class Consumers(Middleware):
    """Announces in Redis which queues this process consumes, and ends the process if a thread died.

    Dramatiq does not replace a dead thread. The supervisor replaces the process.
    """

    def __init__(self) -> None:
        self._name = str(uuid.uuid4())
        self._stopping = threading.Event()
        self._failed = False

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        warn_of_eviction()

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq when the worker's threads run."""
        self._stopping = threading.Event()
        threading.Thread(
            target=self._watch, args=(worker, self._stopping), name="consumers", daemon=True
        ).start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq before it ends the worker's threads."""
        self._stopping.set()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq, after every other middleware, once the worker's threads ended."""
        if self._failed:
            os._exit(EXIT_CODE)  # otherwise the process would exit with 0

    def _watch(self, worker: Worker, stopping: threading.Event) -> None:
        while not stopping.wait(CHECK_SECONDS):
            try:
                if self._terminates(worker, stopping):
                    return
                self._announce(worker)
            except Exception:
                # This thread must survive: it notices when another thread dies.
                logger.exception("The check of the consumers failed")
        self._withdraw(worker)

    def _terminates(self, worker: Worker, stopping: threading.Event) -> bool:
        """Sends this process SIGTERM if one of its threads has died; returns whether it sent it."""
        dead = [name for name, alive in _threads(worker) if not alive]
        if not dead or stopping.is_set():
            return False
        self._failed = True
        logger.critical("This process ends because threads died: %s", ", ".join(dead))
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    def _withdraw(self, worker: Worker) -> None:
        with suppress(RedisError):
            for queue in list(worker.consumers):
                shared_client().zrem(_key(q_name(queue)), self._name)

    def _announce(self, worker: Worker) -> None:
        latest = time.monotonic() - ALIVE_SECONDS
        answered = {
            q_name(queue)
            for queue, thread in list(worker.consumers.items())
            if queue == q_name(queue) and getattr(thread.consumer, "answered_at", 0.0) > latest
        }
        try:
            announce = shared_client().register_script(_ANNOUNCE)
            for queue in answered:
                announce(keys=[_key(queue)], args=[self._name, ALIVE_SECONDS])
        except RedisError as error:
            logger.debug("The queues of this process were not announced: %s", error)


def _threads(worker: Worker) -> list[tuple[str, bool]]:
    return [
        *((f"consumer of {name}", one.is_alive()) for name, one in list(worker.consumers.items())),
        *(("worker", one.is_alive()) for one in list(worker.workers)),
    ]
