"""Child processes that cannot outlive us."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from web.embedded.processes.system_user import SystemUser

# What the machine lacks; other errors follow from it, such as "checkpoint request failed".
CAUSES = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EROFS, errno.EIO)))
TETHER = Path(__file__).with_name("launcher.py")


def tethered(
    command: Sequence[str | Path],
    death_signal: signal.Signals | None,
    user: SystemUser | None = None,
) -> list[str]:
    """The command line that runs `command`, a path, so that it gets `death_signal` when we end.

    With `user` the command runs as that system user (only root may ask for it). Without
    `death_signal` nothing is sent.
    """
    owner = user.as_argument() if user else "-"
    # -I -S: neither the environment nor the site packages have a say, and it starts in 20 ms.
    interpreter = [sys.executable, "-I", "-S", str(TETHER)]
    tie = [str(os.getpid()), str(int(death_signal or 0)), owner]
    return [*interpreter, *tie, *(str(part) for part in command)]


def start_child(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    death_signal: signal.Signals,
    user: SystemUser | None = None,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, its output going to `log` (as Popen's stdout).

    `given` is what it reads on its standard input, at most 4096 bytes.

    A session of its own keeps the terminal's Ctrl-C away from it: we decide when it stops.
    Call it from a thread that lives as long as the child should: Linux sends the death signal
    when the starting THREAD ends.
    """
    with _filled_pipe(given) as standard_input:
        return subprocess.Popen(  # noqa: S603 - the command comes from our own code
            tethered(command, death_signal, user),
            stdin=standard_input,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd="/",
            start_new_session=True,
        )


def _filled_pipe(content: bytes) -> IO[bytes]:
    """What reads as `content`, and then ends."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(content)
    return os.fdopen(reader, "rb")


def stop_child(
    process: subprocess.Popen[bytes], stop_signal: signal.Signals, patience: float
) -> None:
    """Ask the child to stop, wait up to `patience` seconds, then kill it. Idempotent."""
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def private_log(path: Path) -> IO[bytes]:
    """An empty log file that its owner alone can read: it may quote what is stored."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def last_line(log_file: Path) -> str:
    """The last line of a log that says something: what to show of a process that failed."""
    try:
        lines = log_file.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    telling = [line for line in said if "FATAL" in line or "PANIC" in line or "rror" in line]
    causes = [line for line in said if line.endswith(CAUSES)]
    return (causes or telling or said or [""])[-1]
