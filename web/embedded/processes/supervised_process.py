"""One command of the Procfile: running, printing, and started again when it dies."""

import errno
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from web.embedded.processes.child import tethered
from web.embedded.processes.system_user import SystemUser

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds before another start
STEADY_SECONDS = 30.0  # having run for so long, a process counts as healthy again
KEPT_LINES = 100
TRACE = "Traceback (most recent call last)"
OWN_ERRORS = ("models.", "actors.", "web.")


class Supervised:
    """A command with its process group. All methods are for the main thread.

    `say(name, line)` receives each line it prints, from a thread of its own. It runs as `user`, or
    as ourselves.
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
        self._pause = FIRST_PAUSE

    @property
    def is_due(self) -> bool:
        """Whether it does not run, and its pause is over."""
        return self.leader is None and time.monotonic() >= self._start_at

    def start(self) -> None:
        """Start it in a session, and so a process group, of its own; OSError where it cannot."""
        self._lines.clear()
        self._started_at = time.monotonic()
        leader = subprocess.Popen(  # noqa: S603 - a line of our Procfile
            tethered(self._shell, signal.SIGTERM, self._user),
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
        """Ask it to stop: its leader tells the rest."""
        if self.leader is not None and self.leader.poll() is None:
            self.leader.send_signal(signal.SIGTERM)

    def ended(self) -> int | None:
        """The exit code of a leader that has ended, or None."""
        code = _exit_code(self.leader) if self.leader else None
        if code is not None and self._reader is not None:
            self._reader.join(timeout=1.0)  # its last words
        return code

    def plan_restart(self) -> float:
        """Forget the ended leader; returns the seconds until `is_due`, doubling each time."""
        self.leader = None
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        self._start_at = time.monotonic() + pause
        return pause

    def last_words(self) -> str:
        """Why it ended: the exception of its last stack trace, else the last line it printed.

        One of Billmill's own errors comes before others: what caused them says more than what a
        server made of it while it ended.
        """
        exceptions: list[str] = []
        line, in_trace = "it said nothing", False
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
    """What `poll` would say, but the process is not collected yet: its number, which is that of its
    group, goes to nobody else before the group has been ended."""
    if leader.returncode is not None:
        return leader.returncode
    ended = os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None:
        return None
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
