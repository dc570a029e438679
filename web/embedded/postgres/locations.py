"""Where PostgreSQL's program and data are, and as which user it runs."""

import os
import pwd
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.postgres.program import WHEEL, copy_program, find_wheel
from web.embedded.processes.system_user import SystemUser, system_users

STATE_DIRECTORY = Path("/var/lib/billmill")


@dataclass(frozen=True, slots=True)
class Locations:
    """`program` holds bin/ and lib/; `data` is the cluster; `user` is None for ourselves."""

    program: Path
    data: Path
    log_file: Path
    user: SystemUser | None


def choose_locations(directory: Path, instance: str, tell: Callable[[str], None]) -> Locations:
    """Chooses locations under `directory`, or elsewhere if PostgreSQL's user cannot reach it.

    `instance` distinguishes the installations of this machine. `tell` receives one line if files
    go elsewhere. Makes `directory`; raises ServiceError if no location is possible.
    """
    directory = directory.absolute()
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    elsewhere = STATE_DIRECTORY / instance
    outside = elsewhere / "postgres"
    user = _user_for_postgres(outside if outside.exists() else directory / "postgres")
    program, libraries = find_wheel()
    log_file = directory / "postgres.log"
    if user is None:
        return Locations(program, directory / "postgres", log_file, None)
    # The directory is ours, and only we may read its secrets.
    directory.chmod(directory.stat().st_mode | 0o011)
    home = directory if not outside.exists() and user.can_enter(directory) else elsewhere
    if home == elsewhere:
        _make_reachable(elsewhere, user)
        tell(f"PostgreSQL's user {user.name!r} cannot reach {directory}: its data is in {outside}.")
    if not user.can(program / "bin" / "postgres", "--version"):
        copy = home / f"postgres-program-{version(WHEEL)}"
        if not copy.exists():
            tell(f"PostgreSQL's user {user.name!r} cannot run {program}: it runs a copy in {copy}.")
        program = copy_program(program, libraries, copy)
    return Locations(program, home / "postgres", log_file, user)


def _user_for_postgres(existing_data: Path) -> SystemUser | None:
    """The user PostgreSQL must run as: None (ourselves) unless we are root.

    It is the owner of the existing data, because no other user can start it; without data, the
    first of `postgres`, `nobody` and the other system users that we can become.
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


def _make_reachable(directory: Path, user: SystemUser) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in (directory, directory.parent):  # whatever our umask is
            path.chmod(0o711)
    except OSError as error:
        raise ServiceError(f"PostgreSQL's data needs {directory}: {error.strerror}.") from error
    if not user.can_enter(directory):
        raise ServiceError(
            f"PostgreSQL refuses to run as root, and the user {user.name!r} cannot reach "
            f"{directory}: choose a --data-dir that every user can enter, such as under "
            f"{tempfile.gettempdir()}."
        )
