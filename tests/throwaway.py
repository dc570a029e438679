"""Where a test run keeps the files that it throws away: in memory, where there is plenty of it.

PostgreSQL makes 400 files for each copy of a database and removes them again, and a disk that is
slow for a moment makes a test slow. What a test leaves to look at (`tmp_path`) stays on disk.
"""

import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 4 * 2**30  # a process was seen to keep 100 MB there


def keep_files_in_memory(environment: MutableMapping[str, str], folder: Path = MEMORY) -> bool:
    """Make `folder` this process's temp folder and that of the processes it starts, and say so.

    Not where TMPDIR names another one, where programs may not run from there, or where less than
    4 GiB are free, by the folder, by the machine or by what a container may have.
    """
    if "TMPDIR" in environment or not _is_fit(folder):
        return False
    environment.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    environment["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # forget what it was
    return True


def _is_fit(folder: Path) -> bool:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return False
    about = os.statvfs(folder)
    if about.f_flag & os.ST_NOEXEC or about.f_bavail * about.f_frsize < NEEDED_BYTES:
        return False
    return _free_memory() >= NEEDED_BYTES and _permitted_memory() >= NEEDED_BYTES


def _free_memory() -> int:
    """Bytes that the machine has free, or 0 where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    sizes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(sizes[0]) * 1024 if sizes else 0


def _permitted_memory() -> float:
    """Bytes that the container may have, those it uses included."""
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            said = (Path("/sys/fs/cgroup") / limit).read_text().strip()
        except OSError:
            continue
        return int(said) if said.isdigit() else float("inf")
    return float("inf")
