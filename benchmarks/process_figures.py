"""CPU time and memory of processes, as Linux counts them (`man 5 proc`)."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat after the command's name: state is 0, the parent 1.
_PARENT, _TIMES = 1, slice(11, 15)  # utime, stime, and those of children that have ended


def cpu_seconds(first: int) -> float:
    """CPU seconds of a process and its descendants, including those that have ended."""
    stats = dict(_stats())
    return sum(sum(map(int, stats[pid][_TIMES])) for pid in _family(first, stats)) / _TICKS


def resident_bytes(pids: Iterable[int]) -> int:
    """Resident memory of the processes; a shared page counts in each of them."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def _stats() -> Iterable[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                text = (entry / "stat").read_text()
                yield int(entry.name), text.rpartition(")")[2].split()


def _family(first: int, stats: dict[int, list[str]]) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, stat in stats.items():
        children.setdefault(int(stat[_PARENT]), []).append(pid)
    found, unseen = set(), [first]
    while unseen:
        pid = unseen.pop()
        found.add(pid)
        unseen += children.get(pid, [])
    return found
