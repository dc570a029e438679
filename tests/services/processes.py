"""Reads the state of processes on this machine."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended (a zombie has: it waits to be collected).

    A thread of another process may have the number by now: that is no process.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return state not in "ZX" and f"\nTgid:\t{pid}\n" in status


def mentioning(text: str) -> list[int]:
    """The living processes whose command line or environment holds `text`."""
    needle = text.encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or not is_alive(int(entry.name)):
            continue
        try:
            said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if needle in said:
            found.append(int(entry.name))
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """The living processes that `pid` started, and those that these started."""
    parents = {int(e.name): parent_of(int(e.name)) for e in Path("/proc").glob("[0-9]*")}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return [one for one in found[1:] if is_alive(one)]


def parent_of(pid: int) -> int:
    """The pid of the parent; 0 if the process is gone."""
    return int(status_of(pid).get("PPid", "0"))


def status_of(pid: int) -> dict[str, str]:
    """`/proc/PID/status`; empty if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
