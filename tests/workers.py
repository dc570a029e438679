"""Dramatiq's real workers, with their threads in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq


@contextmanager
def invoice_worker() -> Iterator[dramatiq.Worker]:
    """Runs until the end of the block; database and Redis must be configured before."""
    from actors.worker import broker

    with _worker(broker, "invoices", threads=8) as started:
        yield started


@contextmanager
def import_worker() -> Iterator[dramatiq.Worker]:
    """As `invoice_worker`, for the queue of imports."""
    from actors.import_worker import broker

    with _worker(broker, "imports", threads=2) as started:
        yield started


@contextmanager
def _worker(broker: dramatiq.Broker, queue: str, *, threads: int) -> Iterator[dramatiq.Worker]:
    started = dramatiq.Worker(broker, worker_threads=threads, queues={queue}, worker_timeout=50)
    started.start()
    try:
        yield started
    finally:
        started.stop()
