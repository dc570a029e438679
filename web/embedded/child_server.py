"""What the embedded PostgreSQL and Redis have in common: a child process on a loopback port."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from signal import Signals
from typing import ClassVar

from web.embedded.errors import PortTaken, ServiceError
from web.embedded.free_port import free_port, is_free
from web.embedded.processes.child import last_line, stop_child

ATTEMPTS = 3  # another process may take a free port before the server does
POLL_SECONDS = 0.01


class ChildServer(ABC):
    """Call `start()`, use the URL, call `stop()`. The server also ends when this process ends.

    A restart keeps `port`, because clients know only this address.
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float]
    stop_seconds: ClassVar[float]
    stop_signal: ClassVar[Signals]
    # What the server's log says when the port is taken.
    port_taken: ClassVar[str]

    def __init__(self, log_file: Path) -> None:
        self.log_file = log_file
        self.port = 0
        self._launched_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        """The server's main process; empty if it has ended."""
        return [self._process.pid] if self._process and self._process.poll() is None else []

    def launch(self) -> None:
        """Starts the server on its port; the caller then polls `is_ready`.

        Raises PortTaken, ServiceError, or OSError if a file or a process cannot be made.
        """
        self._prepare()
        if not is_free(self.port):
            raise PortTaken(f"Port {self.port} of {self.name} is taken by another program.")
        self._launched_at = time.monotonic()
        self._process = self._start_process()

    def is_ready(self) -> bool:
        """Whether the server answers. Raises ServiceError if it has ended or takes too long."""
        process = self._process
        if process is None or process.poll() is not None:
            raise self._not_started()
        if self._answers(process):
            return True
        is_late = time.monotonic() - self._launched_at > self.start_seconds
        if is_late and not self._is_recovering(process):
            self.stop()
            raise self._not_started()
        return False

    def last_line(self) -> str:
        """The line of the log that best explains an error."""
        return last_line(self.log_file)

    def stop(self) -> None:
        """Stops the server and waits until it has ended."""
        if self._process is not None:
            stop_child(self._process, self.stop_signal, self.stop_seconds)

    def _start_on_free_port(self, on_wait: Callable[[], None] = lambda: None) -> None:
        """Launches the server, on its former port if that is free, and waits until it is ready."""
        for attempts_left in reversed(range(ATTEMPTS)):
            self.port = free_port(self.port)
            try:
                self.launch()
                while not self.is_ready():
                    on_wait()
                    time.sleep(POLL_SECONDS)
                return
            except PortTaken:
                if not attempts_left:
                    raise

    def _not_started(self) -> ServiceError:
        log = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        kind = PortTaken if self.port_taken in log else ServiceError
        return kind(f"{self.name} did not start: {self.last_line()} ({self.log_file})")

    @abstractmethod
    def _prepare(self) -> None:
        """Prepares what the server needs; raises ServiceError."""

    @abstractmethod
    def _start_process(self) -> subprocess.Popen[bytes]:
        """Starts the server's process on `port`."""

    @abstractmethod
    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether this process, and not another program, serves clients on `port`."""

    def _is_recovering(self, _process: subprocess.Popen[bytes]) -> bool:
        """Whether the start may take longer than `start_seconds`."""
        return False
