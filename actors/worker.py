"""What `dramatiq actors.worker` loads: the broker and the actors of the invoice queue."""

from __future__ import annotations

import gc
import logging

from dramatiq import Broker, Middleware, Worker
from redis.exceptions import RedisError

from actors.broker import broker
from actors.create_invoice import create_invoice, groups, sizes
from actors.sweep import sweep_jobs
from models.jobs import claims

__all__ = ["broker", "create_invoice"]

logger = logging.getLogger(__name__)


class SweepAtBoot(Middleware):
    """Starts a sweep now instead of at the next full minute.

    This worker may replace one that was killed between a commit and the messages after it.
    """

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        try:
            sweep_jobs.send()
        except RedisError as error:
            logger.warning("No sweep at the worker's start: %s", error)


class FrozenCode(Middleware):
    """Excludes the loaded code from garbage collection, so that full collections are short."""

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        gc.collect()
        gc.freeze()


class Groups(Middleware):
    """Gives the groups access to the worker's backlog and its number of threads.

    At shutdown it writes the sizes of the groups to Redis, and releases the remaining claims.
    """

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq when the worker's threads run."""
        groups.backlog = worker.work_queue.qsize
        groups.threads = lambda: len(worker.workers)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Called by Dramatiq once the worker's threads have ended."""
        sizes.flush()
        claims.release_all()


broker.add_middleware(SweepAtBoot())
broker.add_middleware(FrozenCode())
broker.add_middleware(Groups())
