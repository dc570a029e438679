"""Runs the Procfile's lines for a measurement, and ends them by their process groups."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile

from web.embedded.free_port import free_port
from web.embedded.processes.child import last_line, private_log, start_child
from web.embedded.processes.process_group import end_group, living_groups

ROOT = Path(__file__).parents[1]
READY_SECONDS = 30.0
STOP_SECONDS = 0.5  # then killed: what was measured is over, and the database dropped
RUN_SECONDS = 120.0
LAST_WORDS = 30  # lines
DRAMATIQ_IS_READY = "is ready for action"
READY_LINES = {
    "worker": DRAMATIQ_IS_READY,
    "sweeper": DRAMATIQ_IS_READY,
    "actor": DRAMATIQ_IS_READY,
}


def procfile_line(name: str) -> str:
    """The Procfile's command of that name."""
    command: str = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
    return command


class Running:
    """Processes by name, and the web process's address."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._directory = directory
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(ROOT),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SECRET_KEY": secrets.token_hex(32),
            **environment,
        }
        self._leaders: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: str) -> None:
        """Run a command line; it is ended with the rest."""
        with private_log(self.log_file(name)) as log:
            self._leaders[name] = start_child(
                [Path("/bin/sh"), "-c", command],
                log=log,
                death_signal=signal.SIGTERM,
                environment=self._environment,
            )

    def run(self, module: str, *arguments: object) -> str:
        """What `python -m module` prints, run to its end in the same environment."""
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        return done.stdout.strip()

    def log_file(self, name: str) -> Path:
        """What a process prints."""
        return self._directory / f"{name}.log"

    def pids(self, name: str) -> list[int]:
        """The running processes of that name, its master first."""
        return living_groups().get(self._leaders[name].pid, [])

    def check(self) -> None:
        """Raises RuntimeError if a process has ended that should run."""
        for name, leader in self._leaders.items():
            if leader.poll() is not None:
                reason = last_line(self.log_file(name))
                raise RuntimeError(f"{name} ended with code {leader.returncode}: {reason}")

    def wait_until_ready(self) -> None:
        """Waits until the web process answers /readyz and every worker logs that it is ready."""
        deadline = time.monotonic() + READY_SECONDS
        while not all(self._is_ready(name) for name in self._leaders):
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready in {READY_SECONDS:g} s: {', '.join(self._leaders)}")
            time.sleep(0.05)

    def call(self, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of a request to the API."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")

    def stop(self) -> None:
        """End every process that was started, and what it started."""
        for leader in self._leaders.values():
            if leader.poll() is None:
                leader.send_signal(signal.SIGTERM)
        for leader in self._leaders.values():
            end_group(leader, STOP_SECONDS)

    def tell_last_words(self) -> None:
        """Print the end of each process's log before the log is removed."""
        for name in self._leaders:
            lines = self.log_file(name).read_text(errors="replace").splitlines()
            for line in lines[-LAST_WORDS:]:
                print(f"{name} | {line}", file=sys.stderr)

    def _is_ready(self, name: str) -> bool:
        if name == "web":
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False
        words = READY_LINES.get(name)
        return words is None or words in self.log_file(name).read_text(errors="replace")


@contextmanager
def starting(
    directory: Path,
    environment: Mapping[str, str],
    names: Sequence[str],
    commands: Mapping[str, str],
) -> Iterator[Running]:
    """The Procfile's lines of these names, and further commands; ready when it yields."""
    running = Running(directory, environment)
    try:
        for name in names:
            running.start(name, procfile_line(name))
        for name, command in commands.items():
            running.start(name, command)
        running.wait_until_ready()
        yield running
    except Exception:
        running.tell_last_words()
        raise
    finally:
        running.stop()
