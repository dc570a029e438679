"""The files of a PostgreSQL cluster: making them, and mending what a crash left behind."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from web.embedded.child import last_line, private_log, tethered
from web.embedded.errors import ServiceError
from web.embedded.postgres_place import Place

ORPHAN_SECONDS = 30.0


def create_cluster(place: Place, administrator: str, password: str, *, fsync: bool) -> None:
    """Run initdb unless the cluster exists.

    It is made beside its place and renamed when complete, so that an interrupted start leaves
    nothing half made.
    """
    if (place.data / "PG_VERSION").exists():
        return
    unfinished = place.data.with_name(place.data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    password_file = unfinished.with_suffix(".password")
    password_file.unlink(missing_ok=True)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(password)
    if place.user is not None:
        for path in (unfinished, password_file):
            os.chown(path, place.user.uid, place.user.gid)
    try:
        _initdb(place, unfinished, administrator, password_file, fsync)
    finally:
        password_file.unlink()
    unfinished.rename(place.data)


def _initdb(
    place: Place, directory: Path, administrator: str, password_file: Path, fsync: bool
) -> None:
    command: list[str | Path] = [
        place.program / "bin" / "initdb",
        f"--pgdata={directory}",
        f"--username={administrator}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # PostgreSQL's own collation: the same order on every machine, installed locales or not.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if fsync else ["--no-sync"]),
    ]
    with private_log(place.log_file) as log:
        made = subprocess.run(  # noqa: S603 - our own command
            tethered(command, signal.SIGKILL, place.user),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            check=False,
        )
    if made.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
        reason = last_line(place.log_file)
        raise ServiceError(f"PostgreSQL's data cannot be made: {reason} ({place.log_file})")


def clear_remains(data: Path) -> None:
    """End a server of an earlier, killed start, and remove a pid file whose process is gone.

    PostgreSQL itself takes any living process with the recorded pid for its predecessor, which
    after a restart of a container is the rule. Only for a directory that nobody else may start.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not _serves(pid, data):
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise ServiceError(f"Another PostgreSQL (pid {pid}) still uses {data}: stop it first.")
        os.kill(pid, signal.SIGINT)
        time.sleep(0.1)


def _serves(pid: int, data: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return bytes(data) in arguments and arguments[0].endswith(b"/postgres")
