"""The web process, and the workers as they are deployed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.settings import Settings
from tests.http.gunicorn_process import gunicorn

ROOT = Path(__file__).parents[2]
DRAMATIQ = Path(sys.executable).with_name("dramatiq")
# An idle worker looks for messages this often; Dramatiq's default is a second.
POLL_MS = "50"


class Site:
    """A web process at `url`, and a worker that can be held."""

    def __init__(self, url: str, worker: subprocess.Popen) -> None:
        self.url = url
        self._worker = worker

    def hold_worker(self) -> None:
        """Freezes the worker, so that a job stays as it is until `release_worker`."""
        os.killpg(self._worker.pid, signal.SIGSTOP)

    def release_worker(self) -> None:
        """Lets the worker go on; harmless when it was not held."""
        os.killpg(self._worker.pid, signal.SIGCONT)


@contextmanager
def running_site(settings: Settings, directory: Path) -> Iterator[Site]:
    """Runs the processes until the end of the block; their logs are in `directory`."""
    with (
        gunicorn(settings, directory / "web.log", threads=40) as web,
        _worker(settings, directory / "worker.log", "actors.worker", "invoices") as worker,
        _worker(settings, directory / "importer.log", "actors.import_worker", "imports"),
    ):
        yield Site(web.url, worker)


@contextmanager
def _worker(settings: Settings, log: Path, module: str, queue: str) -> Iterator[subprocess.Popen]:
    """`dramatiq` with its children in its own process group."""
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "dramatiq_worker_timeout": POLL_MS,
    }
    command = [DRAMATIQ, module, f"--queues={queue}", "--processes=1", "--threads=2"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
