"""Samples the memory of the workers and of Redis twice a second while a job runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.jobs import watching
from benchmarks.process_figures import resident_bytes
from benchmarks.running import Running
from benchmarks.services import Database, Site

SECONDS = 0.5
WARM = 0.1  # of the job, after which nothing should grow any more
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes of memory when `done` orders of the job had ended."""

    done: int
    workers: int
    redis: int


@dataclass(slots=True)
class Samples:
    """The samples of one job with `total` orders."""

    total: int
    taken: list[Sample] = field(default_factory=list)

    def growth(self, part: str) -> tuple[float, float, float]:
        """In megabytes: the growth after the first tenth, the value at its end, and the largest."""
        warm = [getattr(s, part) for s in self.taken if s.done >= WARM * self.total]
        first, most = warm[0] / MEGABYTE, max(warm) / MEGABYTE
        return most - first, first, most


@contextmanager
def sampling(
    site: Site, database: Database, running: Running, job_id: str, total: int
) -> Iterator[Samples]:
    """Takes samples in a thread until the block ends."""
    samples, over = Samples(total), threading.Event()

    def take() -> None:
        with watching(database) as watch, site.redis_client() as client:
            while not over.wait(SECONDS):
                _status, done, _cancelled = watch.progress(job_id)
                workers = resident_bytes(running.pids("worker"))
                used = client.info("memory")["used_memory"]
                samples.taken.append(Sample(done, workers, used))

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()
