"""`run.json`, which shows other commands a running `billmill up`."""

import fcntl
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.keys import write_private

DEFAULT_DATA_DIR = Path(__file__).parents[2] / ".billmill"
LOCK_NAME = "up.lock"
CLAIM_SECONDS = 1.0  # other commands hold the lock for less than this, to check it


@dataclass(frozen=True, slots=True)
class Running:
    """The contents of run.json: addresses, and the pids of each kind of process."""

    url: str
    database_url: str
    migration_database_url: str
    redis_url: str
    pids: Mapping[str, Sequence[int]]


def data_dir_of(environ: Mapping[str, str] = os.environ) -> Path:
    """`BILLMILL_DATA_DIR`, or `.billmill` in the checkout if that is not set."""
    return Path(environ.get("BILLMILL_DATA_DIR") or DEFAULT_DATA_DIR).absolute()


class RunFile:
    """The file and the lock of one data directory; the lock ends with its process."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "run.json"
        self._lock_path = data_dir / LOCK_NAME
        self._lock: int | None = None
        self._running: Running | None = None

    def claim(self) -> None:
        """Locks the data directory; raises ServiceError if another `billmill up` has locked it."""
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + CLAIM_SECONDS
        while not _try_lock(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(lock)
                raise ServiceError(
                    f"Billmill already runs on {self._path.parent}: "
                    "stop it first, or choose another --data-dir."
                )
            time.sleep(0.05)
        self._lock = lock
        self._path.unlink(missing_ok=True)

    def write(self, running: Running) -> None:
        """Writes the file, if its contents have changed."""
        if running != self._running:
            write_private(self._path, json.dumps(asdict(running), indent=1) + "\n")
            self._running = running

    def update_pids(self, pids: Mapping[str, Sequence[int]]) -> None:
        """Writes new pids; `write` must have written the rest."""
        if self._running is not None:
            self.write(replace(self._running, pids=pids))

    def release(self) -> None:
        """Removes the file and unlocks the data directory."""
        self._path.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def find_running(data_dir: Path) -> Running | None:
    """What runs on `data_dir`; None if nothing runs, is still starting, or is another user's."""
    with suppress(OSError, ValueError, TypeError):
        if _is_locked(data_dir / LOCK_NAME):
            return Running(**json.loads((data_dir / "run.json").read_text()))
    return None


def _is_locked(path: Path) -> bool:
    """Whether another process holds the lock; after a kill -9, run.json exists without it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
