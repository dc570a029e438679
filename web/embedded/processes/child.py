"""Starts child processes that end when this process ends, and reads their logs."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from web.embedded.processes.system_user import SystemUser

# Causes that explain later errors in a log, such as "checkpoint request failed".
CAUSES = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EROFS, errno.EIO)))
LAUNCHER = Path(__file__).with_name("launcher.py")


def launch_command(
    command: Sequence[str | Path],
    death_signal: signal.Signals | None,
    user: SystemUser | None = None,
) -> list[str]:
    """The command line that runs `command` through launcher.py.

    `command` begins with a path. It receives `death_signal`, if given, when this process ends. With
    `user` it runs as that system user, which only root can do.
    """
    launch_user = user.as_argument() if user else "-"
    # -I -S: Python ignores environment and site packages, and starts in 20 ms.
    interpreter = [sys.executable, "-I", "-S", str(LAUNCHER)]
    parent = [str(os.getpid()), str(int(death_signal or 0)), launch_user]
    return [*interpreter, *parent, *(str(part) for part in command)]


def start_child(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    death_signal: signal.Signals,
    user: SystemUser | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> subprocess.Popen[bytes]:
    """Starts a command in its own session; its output goes to `log` (as Popen's stdout).

    `stdin` is its standard input, at most 4096 bytes. In its own session it does not receive the
    terminal's Ctrl-C: we decide when it stops. Call this from a thread that lives as long as the
    child should: Linux sends the death signal when the starting THREAD ends.
    """
    with _filled_pipe(stdin) as standard_input:
        return subprocess.Popen(  # noqa: S603 - the command comes from our own code
            launch_command(command, death_signal, user),
            stdin=standard_input,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd="/",
            start_new_session=True,
        )


def _filled_pipe(content: bytes) -> IO[bytes]:
    """A pipe that yields `content`."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(content)
    return os.fdopen(reader, "rb")


def stop_child(
    process: subprocess.Popen[bytes], stop_signal: signal.Signals, timeout: float
) -> None:
    """Asks the child to stop, and kills it after `timeout` seconds. Idempotent."""
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def private_log(path: Path) -> IO[bytes]:
    """An empty log file that only its owner can read, because logs can quote stored data."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def last_line(log_file: Path) -> str:
    """The line of a log that best explains why a process failed, or "".

    That is the last line that names a cause, otherwise the last error, otherwise the last line.
    """
    try:
        lines = log_file.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    texts = [line.strip() for line in lines if line.strip()]
    errors = [line for line in texts if "FATAL" in line or "PANIC" in line or "rror" in line]
    causes = [line for line in texts if line.endswith(CAUSES)]
    return (causes or errors or texts or [""])[-1]
