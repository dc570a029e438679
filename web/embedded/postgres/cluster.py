"""The files of a PostgreSQL cluster: making them, and mending what a crash left behind."""

import math
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.postgres.locations import Place
from web.embedded.processes.child import last_line, private_log, tethered

ORPHAN_SECONDS = 30.0
DEAF_SECONDS = 10.0  # then a session whose server is gone is killed


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
    """End what an earlier, killed start left running, and remove a pid file whose process is gone.

    PostgreSQL itself takes any living process with the recorded pid for its predecessor, which
    after a restart of a container is the rule. Only for a directory that nobody else may start.
    Raises ServiceError when a process does not end.
    """
    began = time.monotonic()
    for find, stop_signal, deaf_seconds in (
        (_recorded_server, signal.SIGINT, math.inf),
        # A killed server's sessions end at their next wait; a long computation would go on, and
        # hold the shared memory without which no new server starts. Killing them loses no more
        # than their server's end did.
        (_session_without_server, signal.SIGQUIT, DEAF_SECONDS),
    ):
        while (pid := find(data)) is not None:
            waited = time.monotonic() - began
            if waited > ORPHAN_SECONDS:
                raise ServiceError(
                    f"Another PostgreSQL (pid {pid}) still uses {data}: stop it first."
                )
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if waited > deaf_seconds else stop_signal)
            time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _recorded_server(data: Path) -> int | None:
    """The living server that the pid file names."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if bytes(data) in arguments and arguments[0].endswith(b"/postgres") else None


def _session_without_server(data: Path) -> int | None:
    """A process of a server in `data`: all of them work in that directory.

    It is known by its program's name: one that is ending has no command line any more, and may
    still hold the shared memory.
    """
    for entry in Path("/proc").iterdir():
        # Others' processes, and those that have ended, cannot be looked into.
        with suppress(OSError):
            if (
                entry.name.isdigit()
                and (entry / "cwd").samefile(data)
                and (entry / "comm").read_bytes() == b"postgres\n"
            ):
                return int(entry.name)
    return None
