"""The system users that root runs servers as, and which files they can reach."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PREFERRED = ("postgres", "nobody")
SYSTEM_UIDS = range(1, 1000)  # Debian policy, 9.2.2
LAUNCHER = Path(__file__).with_name("launcher.py")

# A directory, and the paths below it that its processes can reach despite its permissions.
Mask = tuple[Path, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of this machine; `masks` change what its processes see of the file system."""

    name: str
    uid: int
    gid: int
    masks: tuple[Mask, ...] = ()

    def as_argument(self) -> str:
        """The argument for launcher.py."""
        masks = [(str(directory), [str(path) for path in kept]) for directory, kept in self.masks]
        return json.dumps({"uid": self.uid, "gid": self.gid, "masks": masks})

    def can(self, *command: str | Path) -> bool:
        """Whether the command succeeds when this user runs it.

        Permission bits would not show access control lists, mounts without execution, or containers
        without a second user.
        """
        return self._run(*command).returncode == 0

    def cannot_enter(self, directories: Sequence[Path]) -> set[Path]:
        """Which of the directories this user may not enter."""
        script = 'for d; do (cd "$d") 2>/dev/null && printf 1 || printf 0; done'
        answers = self._run("/bin/sh", "-c", script, "sh", *directories).stdout.decode()
        return {path for path, entered in zip(directories, answers, strict=True) if entered == "0"}

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        launch = [str(os.getpid()), "9", self.as_argument()]
        return subprocess.run(  # noqa: S603 - the commands are our own
            [sys.executable, "-I", "-S", str(LAUNCHER), *launch, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            check=False,
        )

    def can_enter(self, directory: Path) -> bool:
        """Whether this user may enter the directory and everything above it."""
        return self.can("/bin/sh", "-c", 'cd "$1"', "sh", directory)


def system_users() -> list[SystemUser]:
    """`postgres`, `nobody` and the system users of this machine, but never root."""
    users = [SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()]
    usable = [u for u in users if u.name in PREFERRED or u.uid in SYSTEM_UIDS]

    def rank(user: SystemUser) -> int:
        return PREFERRED.index(user.name) if user.name in PREFERRED else len(PREFERRED)

    return sorted((user for user in usable if user.uid != 0), key=rank)
