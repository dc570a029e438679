"""Dramatiq's real worker of the invoice queue, with its threads in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq


@contextmanager
def invoice_worker() -> Iterator[dramatiq.Worker]:
    """Runs until the end of the block; database and Redis must be configured before."""
    from actors.worker import broker

    started = dramatiq.Worker(broker, worker_threads=8, queues={"invoices"}, worker_timeout=50)
    started.start()
    try:
        yield started
    finally:
        started.stop()
