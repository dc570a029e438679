"""One command of the Procfile: starts it, reads its output, plans its restart."""

import errno
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from web.embedded.processes import backoff
from web.embedded.processes.backoff import Backoff
from web.embedded.processes.child import launch_command
from web.embedded.processes.system_user import SystemUser

KEPT_LINES = 100
TRACE = "Traceback (most recent call last)"
OWN_ERRORS = ("models.", "actors.", "web.")


class SupervisedProcess:
    """A command and its process group; used by the main thread.

    `say(name, line)` is called with each line of output, from another thread. The command runs as
    `user`, or as the user of this process.
    """

    def __init__(
        self,
        name: str,
        command: str,
        directory: Path,
        environment: Mapping[str, str],
        say: Callable[[str, bytes], None],
        user: SystemUser | None = None,
    ) -> None:
        self.name = name
        self.leader: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._shell = ["/bin/sh", "-c", command]
        self._directory = directory
        self._environment = dict(environment)
        self._say = say
        self._user = user
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._started_at = time.monotonic()
        self._start_at = 0.0
        self._backoff = Backoff()

    @property
    def is_due(self) -> bool:
        """Whether it has ended, and its pause is over."""
        return self.leader is None and time.monotonic() >= self._start_at

    def start(self) -> None:
        """Starts the command in its own session and process group. May raise OSError."""
        self._lines.clear()
        self._started_at = time.monotonic()
        leader = subprocess.Popen(  # noqa: S603 - a line of our Procfile
            launch_command(self._shell, signal.SIGTERM, self._user),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._directory,
            env=self._environment,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(leader,), daemon=True)
        try:
            self._reader.start()
        except RuntimeError as error:
            leader.kill()
            leader.communicate()
            raise OSError(errno.EAGAIN, str(error)) from error
        self.leader = leader

    def terminate(self) -> None:
        """Sends SIGTERM to the leader, which stops the other processes of the group."""
        if self.leader is not None and self.leader.poll() is None:
            self.leader.send_signal(signal.SIGTERM)

    def ended(self) -> int | None:
        """The exit code of the leader, or None while it runs."""
        code = _exit_code(self.leader) if self.leader else None
        if code is not None and self._reader is not None:
            self._reader.join(timeout=1.0)  # reads the rest of its output
        return code

    def plan_restart(self) -> float:
        """Forgets the ended leader; returns the seconds until `is_due`."""
        self.leader = None
        if time.monotonic() - self._started_at > backoff.STEADY_SECONDS:
            self._backoff.reset()
        pause = self._backoff.next_pause()
        self._start_at = time.monotonic() + pause
        return pause

    def failure_reason(self) -> str:
        """Why it ended: the exception of its last stack trace, or the last line of its output.

        Billmill's own exceptions take precedence: a server that ends because of one can raise
        others that explain less.
        """
        exceptions: list[str] = []
        line, in_trace = "it printed nothing", False
        for line in filter(str.strip, self._lines):
            if line.startswith(TRACE):
                in_trace = True
            elif in_trace and not line[0].isspace():
                exceptions.append(line.strip())
                in_trace = False
        own = [exception for exception in exceptions if exception.startswith(OWN_ERRORS)]
        return (own or exceptions or [line.strip()])[-1]

    def _read(self, leader: subprocess.Popen[bytes]) -> None:
        assert leader.stdout is not None  # noqa: S101 - for the type checker
        with leader.stdout:
            for line in leader.stdout:
                self._lines.append(line.decode(errors="replace"))
                self._say(self.name, line)


def _exit_code(leader: subprocess.Popen[bytes]) -> int | None:
    """Like `poll`, but does not reap the process: the kernel must not reuse its pid while we need
    it to end the group."""
    if leader.returncode is not None:
        return leader.returncode
    ended = os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None:
        return None
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
