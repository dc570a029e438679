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
    """A worker that starts may follow one that was killed between a commit and the messages after
    it. What that one left unsent is looked for at once, not at the next full minute."""

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        try:
            sweep_jobs.send()
        except RedisError as error:
            logger.warning("No sweep at the worker's start: %s", error)


class FrozenCode(Middleware):
    """Spares the garbage collector what is loaded and stays: full collections become short."""

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        gc.collect()
        gc.freeze()


class Groups(Middleware):
    """Lets the groups know how many fetched messages wait for a thread, and ends their accounts:
    the sizes of groups, and attempts to be released."""

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
