"""A real gunicorn, configured as in the Procfile, on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from models.settings import Settings
from tests.ports import port_of_our_own
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
START_SECONDS = 120  # one, unless the machine is busy


class Gunicorn:
    """One worker process with this many threads and connections."""

    def __init__(
        self,
        settings: Settings,
        log: Path,
        threads: int = 16,
        connections: int = 1000,
        config: str = "web.serving",
    ) -> None:
        self.port = port_of_our_own()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        command = [sys.executable, "-m", "gunicorn", "--config", f"python:{config}"]
        command += [
            "--bind",
            f"127.0.0.1:{self.port}",
            "--worker-class",
            "web.server.worker.Worker",
        ]
        command += ["--workers", "1", "--threads", str(threads)]
        command += ["--worker-connections", str(connections), "--graceful-timeout", "20"]
        command += ["--no-control-socket", "web.app:create_app()"]
        environ = {
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEY": settings.secret_key,
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def serves(self) -> bool:
        """Whether it answers requests."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            return False

    def terminate(self) -> None:
        """Sends SIGTERM, as a supervisor does; does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """Sends SIGINT to all its processes, as Ctrl-C in a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self) -> None:
        """Stops it if it still runs."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def gunicorn(
    settings: Settings,
    log: Path,
    threads: int = 16,
    connections: int = 1000,
    config: str = "web.serving",
) -> Iterator[Gunicorn]:
    """Serves until the end of the block."""
    started = Gunicorn(settings, log, threads, connections, config)
    try:
        wait_for(started.serves, START_SECONDS)
        yield started
    finally:
        started.stop()
