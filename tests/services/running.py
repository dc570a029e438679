"""A `billmill up` for a test, in an otherwise empty environment."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import port_of_our_own
from tests.waiting import wait_for

BILLMILL = Path(sys.executable).with_name("billmill")
READY_SECONDS = 120.0
STOP_SECONDS = 60.0


class Up:
    """The process, what it printed, and what run.json says."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        self.data_dir = data_dir
        self._output = data_dir.with_suffix(".output")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [BILLMILL, "up", "--data-dir", data_dir, *arguments],
                env=empty_environment() | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def run(self) -> dict[str, Any]:
        """run.json as it is now."""
        content: dict[str, Any] = json.loads((self.data_dir / "run.json").read_text())
        return content

    @property
    def pids(self) -> list[int]:
        """Every process that run.json names."""
        return [pid for pids in self.run["pids"].values() for pid in pids]

    def wait_until_ready(self) -> "Up":
        def is_ready() -> bool:
            assert self.process.poll() is None, self.output
            return "Billmill is ready at" in self.output and "Ctrl-C\n" in self.output

        wait_for(is_ready, READY_SECONDS)
        return self

    def printed(self, label: str) -> str:
        """The value after a label of the welcome, such as `Redis`."""
        found = re.search(rf"^  {label} +(.*)$", self.output, re.MULTILINE)
        assert found, self.output
        return found[1]

    def billmill(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs another command, which finds this `up` only by the data directory."""
        return billmill(*arguments, stdin=stdin, environment=empty_environment(self.data_dir))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Stop it if it still runs, and remove what it printed."""
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            if self.process.poll() is None:  # on a busy machine it took longer than we wait
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self._output.unlink(missing_ok=True)  # another start on the directory shares it


@contextmanager
def running(data_dir: Path, *arguments: str) -> Iterator[Up]:
    """`billmill up` on a free port, ready; stopped at the end."""
    up = Up(data_dir, "--port", str(port_of_our_own()), *arguments)
    try:
        yield up.wait_until_ready()
    finally:
        up.close()


def billmill(
    *arguments: str, environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a `billmill` command in just this environment."""
    return subprocess.run(
        [BILLMILL, *arguments],
        env=dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def empty_environment(data_dir: Path | None = None) -> dict[str, str]:
    """The variables of a bare shell, and the data directory if given."""
    environment = {"PATH": os.defpath, "HOME": "/nonexistent"}
    return environment | ({"BILLMILL_DATA_DIR": str(data_dir)} if data_dir else {})
