"""Creates the files of a PostgreSQL cluster, and cleans up after a crash."""

import math
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.postgres.locations import Locations
from web.embedded.processes.child import last_line, launch_command, private_log

ORPHAN_SECONDS = 30.0  # then processes of an earlier start are an error
QUIT_SECONDS = 10.0  # then a session process that ignores SIGQUIT is killed


def create_cluster(locations: Locations, administrator: str, password: str, *, fsync: bool) -> None:
    """Runs initdb unless the cluster exists.

    The cluster gets its name only when it is complete: an interrupted start leaves no incomplete
    one.
    """
    if (locations.data / "PG_VERSION").exists():
        return
    unfinished = locations.data.with_name(locations.data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    password_file = unfinished.with_suffix(".password")
    password_file.unlink(missing_ok=True)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(password)
    if locations.user is not None:
        for path in (unfinished, password_file):
            os.chown(path, locations.user.uid, locations.user.gid)
    try:
        _initdb(locations, unfinished, administrator, password_file, fsync)
    finally:
        password_file.unlink()
    unfinished.rename(locations.data)


def _initdb(
    locations: Locations, directory: Path, administrator: str, password_file: Path, fsync: bool
) -> None:
    command: list[str | Path] = [
        locations.program / "bin" / "initdb",
        f"--pgdata={directory}",
        f"--username={administrator}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # PostgreSQL's own collation sorts the same on every machine, whatever its locales.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if fsync else ["--no-sync"]),
    ]
    with private_log(locations.log_file) as log:
        made = subprocess.run(  # noqa: S603 - our own command
            launch_command(command, signal.SIGKILL, locations.user),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            check=False,
        )
    if made.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
        reason = last_line(locations.log_file)
        raise ServiceError(f"PostgreSQL's data cannot be made: {reason} ({locations.log_file})")


def clean_up_after_crash(data: Path) -> None:
    """Ends the processes that a killed server left running, and removes its pid file.

    PostgreSQL itself mistakes any living process with the recorded pid for an earlier server, and
    in a restarted container there usually is one. Call this only for data on which no other program
    starts a server. Raises ServiceError if a process does not end.
    """
    began = time.monotonic()
    for find, stop_signal, kill_after in (
        (_recorded_server, signal.SIGINT, math.inf),
        # The sessions of a killed server end when they next wait. Until then a long computation
        # holds the shared memory that a new server needs. Its transaction is already lost.
        (_session_without_server, signal.SIGQUIT, QUIT_SECONDS),
    ):
        while (pid := find(data)) is not None:
            waited = time.monotonic() - began
            if waited > ORPHAN_SECONDS:
                raise ServiceError(
                    f"Another PostgreSQL (pid {pid}) still uses {data}: stop it first."
                )
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if waited > kill_after else stop_signal)
            time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _recorded_server(data: Path) -> int | None:
    """The running server that the pid file names."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if bytes(data) in arguments and arguments[0].endswith(b"/postgres") else None


def _session_without_server(data: Path) -> int | None:
    """A PostgreSQL process whose working directory is `data`, as all processes of a server have it.

    It is identified by the program's name: a process that is ending has no command line any more,
    but may still hold the shared memory.
    """
    for entry in Path("/proc").iterdir():
        # Processes of other users, and those that have ended, cannot be read.
        with suppress(OSError):
            if (
                entry.name.isdigit()
                and (entry / "cwd").samefile(data)
                and (entry / "comm").read_bytes() == b"postgres\n"
            ):
                return int(entry.name)
    return None
