"""Keeps the temporary files of a test run in memory, if the machine has enough.

PostgreSQL makes 400 files for each copy of a database and removes them again, and a disk that is
slow for a moment makes a test slow. The files in `tmp_path` stay on disk.
"""

import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 4 * 2**30  # a process was seen to keep 100 MB there


def keep_files_in_memory(environment: MutableMapping[str, str], folder: Path = MEMORY) -> bool:
    """Make `folder` the temp folder of this process and its children; return whether it did.

    It does not if TMPDIR names another one, if programs may not run from there, or if the folder,
    the machine or the container has less than 4 GiB free.
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
    """The memory limit of the container in bytes, including memory in use."""
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            said = (Path("/sys/fs/cgroup") / limit).read_text().strip()
        except OSError:
            continue
        return int(said) if said.isdigit() else float("inf")
    return float("inf")
