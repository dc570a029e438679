"""Runs the Procfile's processes, and restarts those that end.

Written by hand, because no process manager on PyPI runs processes as other users in a mount
namespace and ends whole groups. Honcho's own manager stops everything when one process ends.
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
from web.embedded.full_disk import ignore_full_disk
from web.embedded.processes.child import launch_command
from web.embedded.processes.process_group import end_group, living_groups, signal_group
from web.embedded.processes.supervised_process import SupervisedProcess
from web.embedded.processes.system_user import SystemUser

STOP_SECONDS = 8.0  # for transactions and requests in flight
LEFTOVER_SECONDS = 5.0  # for the rest of a group whose leader has ended
TICK_SECONDS = 0.1
RELEASE = "release"  # deployment platforms run it once, before the other lines
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
WATCH = Path(__file__).with_name("supervisor_watch.py")


class Supervisor:
    """Call `start()`, then `tick()` repeatedly, then `stop()`, all from the main thread."""

    def __init__(
        self, procfile: Path, environment: Mapping[str, str], user: SystemUser | None = None
    ) -> None:
        """The processes get only `environment`, and run as `user`, or as our own user."""
        commands: Mapping[str, str] = parse_procfile(procfile.read_text()).processes
        names = [name for name in commands if name != RELEASE]
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._printer = Printer(sys.stdout, width=max(map(len, names)))
        self._colours = dict(zip(names, get_colours(), strict=False))
        self._processes = [
            SupervisedProcess(name, commands[name], procfile.parent, environment, self._say, user)
            for name in names
        ]
        self._user = user
        self._watch: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts every process."""
        # Processes whose parent was killed become our children, so that we can reap them.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        watch: list[str | Path] = [sys.executable, "-I", "-S", WATCH, str(LEFTOVER_SECONDS)]
        self._watch = subprocess.Popen(  # noqa: S603 - our own script
            launch_command(watch, None, self._user),
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        for process in self._processes:
            self._start(process)

    def pids(self) -> dict[str, Sequence[int]]:
        """The pids of each command."""
        living = living_groups()
        return {
            process.name: living.get(process.leader.pid, []) if process.leader else []
            for process in self._processes
        }

    def tick(self, *, starting: bool = False) -> None:
        """Prints output for 0.1 s, then restarts commands that have ended.

        While `starting`, raises ServiceError if one has ended, with the reason from its output.
        """
        self._print(TICK_SECONDS)
        for process in self._processes:
            code = process.ended()
            if code is not None:
                self._end_leftovers(process)
                if starting:
                    self._print(0)
                    raise ServiceError(
                        f"{process.name} ended with code {code} while starting: "
                        f"{process.failure_reason()}"
                    )
                pause = process.plan_restart()
                self._say(process.name, f"ended with code {code}, starts again in {pause:g} s")
            elif process.is_due:
                self._start(process)

    def stop(self) -> None:
        """Stops every process, by SIGTERM and then SIGKILL. Returns when all have ended."""
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            if process.leader is not None:
                end_group(process.leader, deadline - time.monotonic())
        self._print(0)
        if self._watch is not None:
            self._watch.communicate()  # closes its input, which ends it: no group is left

    def _start(self, process: SupervisedProcess) -> None:
        try:
            process.start()
        except OSError as error:  # too little memory or too many processes at the moment
            pause = process.plan_restart()
            self._say(process.name, f"cannot start: {error}; tried again in {pause:g} s")
        if process.leader is not None:
            self._report_to_watch("+", process.leader.pid)

    def _end_leftovers(self, process: SupervisedProcess) -> None:
        """Ends the workers of a killed leader; they must not run beside those of a new leader."""
        if process.leader is not None:
            signal_group(process.leader.pid, signal.SIGTERM)
            end_group(process.leader, LEFTOVER_SECONDS)
            self._report_to_watch("-", process.leader.pid)

    def _report_to_watch(self, sign: str, group: int) -> None:
        if self._watch is not None and self._watch.stdin is not None:
            with suppress(BrokenPipeError):  # the watch was killed; we continue without it
                self._watch.stdin.write(f"{sign}{group}\n".encode())
                self._watch.stdin.flush()

    def _say(self, name: str, line: str | bytes) -> None:
        now = datetime.datetime.now().astimezone()
        text = line if isinstance(line, str) else line.decode(errors="replace")
        shown = visible_lines(text.rstrip("\r\n"))
        self._messages.put(Message("line", shown, now, name, self._colours[name]))

    def _print(self, seconds: float) -> None:
        """Prints output that arrives within `seconds`, and what has arrived already."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self._messages.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            with ignore_full_disk():
                self._printer.write(message)
