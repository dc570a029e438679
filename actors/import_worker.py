"""What `dramatiq actors.import_worker` loads: the broker and the actor of the queue of imports."""

from __future__ import annotations

import logging

from dramatiq import Broker, Middleware
from redis.exceptions import RedisError

from actors.broker import broker
from actors.import_orders import import_slice
from actors.import_progress import FlushImportProgress
from actors.import_sweep import sweep_imports

__all__ = ["broker", "import_slice"]

logger = logging.getLogger(__name__)


class SweepAtBoot(Middleware):
    """Starts a sweep now instead of at the next full minute: this worker may replace one that was
    killed between a commit and the message after it."""

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Called by Dramatiq in each process of a worker."""
        try:
            sweep_imports.send()
        except RedisError as error:
            logger.warning("No sweep at the importer's start: %s", error)


broker.add_middleware(SweepAtBoot())
broker.add_middleware(FlushImportProgress())
