"""Process groups: a command and all processes that it started."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.05


def living_groups() -> dict[int, list[int]]:
    """The pids of the living processes of each process group, in ascending order."""
    found: dict[int, list[int]] = {}
    for pid, group, lives in sorted(_processes()):
        if lives:
            found.setdefault(group, []).append(pid)
    return found


def end_group(leader: subprocess.Popen[bytes], seconds: float) -> None:
    """Waits until the leader's group has ended, and kills it after `seconds`.

    The caller has already sent SIGTERM. If we are the subreaper, processes whose parent ended first
    become our children, so we reap them.
    """
    deadline = time.monotonic() + seconds
    while leader.poll() is None or leader.pid in living_groups():
        if time.monotonic() > deadline:
            signal_group(leader.pid, signal.SIGKILL)
        _reap_orphans(leader)
        time.sleep(POLL_SECONDS)
    _reap_orphans(leader)


def signal_group(group: int, number: signal.Signals) -> None:
    """Sends a signal to every process of the group; does nothing if the group has ended."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _reap_orphans(leader: subprocess.Popen[bytes]) -> None:
    if leader.poll() is None:  # otherwise we might reap the leader, whose exit code Popen needs
        return
    with suppress(ChildProcessError):
        while os.waitpid(-leader.pid, os.WNOHANG) != (0, 0):
            pass


def _processes() -> Iterator[tuple[int, int, bool]]:
    """Of every process: pid, process group, and whether it lives (`man 5 proc`, stat)."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            # The command's name, in parentheses, may itself hold spaces and parentheses.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            yield int(entry.name), int(fields[2]), fields[0] not in "ZX"
