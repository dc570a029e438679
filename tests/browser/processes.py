"""Billmill as it is deployed: the web process and the worker, on a database of their own."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.waiting import wait_for
from web.embedded.free_port import free_port

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]


class Processes:
    """Both processes, each with its children in a group of its own."""

    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self._environment = os.environ | environment
        self._log = (directory / "processes.log").open("wb")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._web = self._start(
            "gunicorn", "web.app:create_app()", "--config=python:web.serving",
            f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--workers=1", "--threads=40",
            "--graceful-timeout=2", "--no-control-socket",
        )  # fmt: skip
        self._worker = self._start(
            "dramatiq", "actors.worker", "--queues=invoices", "--processes=1", "--threads=2"
        )
        wait_for(self._is_ready, 30)

    def hold_worker(self) -> None:
        """Freezes the worker, so that a job stays as it is until `release_worker`."""
        os.killpg(self._worker.pid, signal.SIGSTOP)

    def release_worker(self) -> None:
        """Lets the worker go on; harmless when it was not held."""
        os.killpg(self._worker.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ends both at once."""
        for process in (self._web, self._worker):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._log.close()

    def _start(self, program: str, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [BIN / program, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _is_ready(self) -> bool:
        assert self._web.poll() is None, "the web process has ended"
        assert self._worker.poll() is None, "the worker has ended"
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, TimeoutError):
            return False
