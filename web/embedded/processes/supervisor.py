"""Run the Procfile's processes side by side, and start again what dies.

Honcho parses the Procfile and prints; its own manager would stop everything when one process
ends. With us that happens: Dramatiq's first process stops when one of its workers dies.
"""

import ctypes
import datetime
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from honcho.colour import get_colours
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

from models.visible_text import visible_lines
from web.embedded.errors import ServiceError
from web.embedded.full_disk import room_not_needed
from web.embedded.processes.child import tethered
from web.embedded.processes.process_group import end_group, groups, signal_group
from web.embedded.processes.supervised_process import Supervised
from web.embedded.processes.system_user import SystemUser

STOP_SECONDS = 8.0  # for a batch job's transactions and the pages being answered
REMAINS_SECONDS = 5.0  # for what a dead process left running
TICK_SECONDS = 0.1
RELEASE = "release"  # a platform runs it once, before the others
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
GUARD = Path(__file__).with_name("supervisor_watch.py")


class Supervisor:
    """`start()`, then `tick()` again and again, then `stop()`: all from the main thread."""

    def __init__(
        self, procfile: Path, environment: Mapping[str, str], user: SystemUser | None = None
    ) -> None:
        """The processes see `environment` alone, and run as `user`, or as ourselves."""
        commands: Mapping[str, str] = parse_procfile(procfile.read_text()).processes
        names = [name for name in commands if name != RELEASE]
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._printer = Printer(sys.stdout, width=max(map(len, names)))
        self._colours = dict(zip(names, get_colours(), strict=False))
        self._processes = [
            Supervised(name, commands[name], procfile.parent, environment, self._say, user)
            for name in names
        ]
        self._user = user
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start every process."""
        # Workers whose first process was killed become our children, so that we can reap them.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        guard: list[str | Path] = [sys.executable, "-I", "-S", GUARD, str(REMAINS_SECONDS)]
        self._guard = subprocess.Popen(  # noqa: S603 - our own script
            tethered(guard, None, self._user),
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        for process in self._processes:
            self._start(process)

    def pids(self) -> dict[str, Sequence[int]]:
        """The living processes of each kind."""
        living = groups()
        return {
            process.name: living.get(process.leader.pid, []) if process.leader else []
            for process in self._processes
        }

    def tick(self, *, starting: bool = False) -> None:
        """Print for 0.1 s, then start again what has died.

        While `starting`, a process that ends is an error: ServiceError, with what it said.
        """
        self._print(TICK_SECONDS)
        for process in self._processes:
            code = process.ended()
            if code is not None:
                self._clear_remains(process)
                if starting:
                    self._print(0)
                    raise ServiceError(
                        f"{process.name} ended with code {code} while starting: "
                        f"{process.last_words()}"
                    )
                pause = process.plan_restart()
                self._say(process.name, f"ended with code {code}, starts again in {pause:g} s")
            elif process.is_due:
                self._start(process)

    def stop(self) -> None:
        """Stop every process: SIGTERM first, SIGKILL after a while. Returns when all are gone."""
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            if process.leader is not None:
                end_group(process.leader, deadline - time.monotonic())
        self._print(0)
        if self._guard is not None:
            self._guard.communicate()  # closes its input, which ends it: no group is left

    def _start(self, process: Supervised) -> None:
        try:
            process.start()
        except OSError as error:  # no memory, or no more processes, just now
            pause = process.plan_restart()
            self._say(process.name, f"cannot start: {error}; tried again in {pause:g} s")
        if process.leader is not None:
            self._tell_guard("+", process.leader.pid)

    def _clear_remains(self, process: Supervised) -> None:
        """A killed first process leaves its workers: none may run beside those of the next."""
        if process.leader is not None:
            signal_group(process.leader.pid, signal.SIGTERM)
            end_group(process.leader, REMAINS_SECONDS)
            self._tell_guard("-", process.leader.pid)

    def _tell_guard(self, sign: str, group: int) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(BrokenPipeError):  # somebody killed it: all the same, we go on
                self._guard.stdin.write(f"{sign}{group}\n".encode())
                self._guard.stdin.flush()

    def _say(self, name: str, line: str | bytes) -> None:
        now = datetime.datetime.now().astimezone()
        text = line if isinstance(line, str) else line.decode(errors="replace")
        shown = visible_lines(text.rstrip("\r\n"))
        self._messages.put(Message("line", shown, now, name, self._colours[name]))

    def _print(self, seconds: float) -> None:
        """Print what is said, for so long; 0 = what has been said."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self._messages.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            with room_not_needed():
                self._printer.write(message)
