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
STOP_SECONDS = 0.5  # then they are killed: the measurement is over
RUN_SECONDS = 120.0
LOG_LINES = 30  # of each process, printed after an error
DRAMATIQ_IS_READY = "is ready for action"
READY_LINES = {
    "worker": DRAMATIQ_IS_READY,
    "importer": DRAMATIQ_IS_READY,
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
        """Starts a command line, which `stop` ends."""
        with private_log(self.log_file(name)) as log:
            self._leaders[name] = start_child(
                [Path("/bin/sh"), "-c", command],
                log=log,
                death_signal=signal.SIGTERM,
                environment=self._environment,
            )

    def run(self, module: str, *arguments: object) -> str:
        """Runs `python -m module` to its end in the same environment; returns its output."""
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
        """The file with the output of a process."""
        return self._directory / f"{name}.log"

    def pids(self, name: str) -> list[int]:
        """The running processes of that name, its master first."""
        return living_groups().get(self._leaders[name].pid, [])

    def check(self) -> None:
        """Raises RuntimeError if a process has ended."""
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
        """Sends a request to the API; returns the status and the JSON."""
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
        """Ends every process that was started, with its process group."""
        for leader in self._leaders.values():
            if leader.poll() is None:
                leader.send_signal(signal.SIGTERM)
        for leader in self._leaders.values():
            end_group(leader, STOP_SECONDS)

    def print_logs(self) -> None:
        """Prints the end of each process's log before the log is removed."""
        for name in self._leaders:
            lines = self.log_file(name).read_text(errors="replace").splitlines()
            for line in lines[-LOG_LINES:]:
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
    """Runs the Procfile's lines of these names, and further commands; yields when all are ready."""
    running = Running(directory, environment)
    try:
        for name in names:
            running.start(name, procfile_line(name))
        for name, command in commands.items():
            running.start(name, command)
        running.wait_until_ready()
        yield running
    except Exception:
        running.print_logs()
        raise
    finally:
        running.stop()
