"""The user that Redis and the Procfile's processes run as when root starts them.

Each installation has its own uid, without a name, groups or capabilities. Code and interpreter may
be in a directory that only root may enter, such as /root. Its permissions stay unchanged: the
processes run in a mount namespace that replaces this directory (`mask_directories` in launcher.py).
"""

import os
import pwd
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from web.embedded.processes.system_user import Mask, SystemUser, system_users

# Uids that distributions reserve for services without an entry (systemd's DynamicUser).
OWN_UIDS = range(61184, 65520)
CODE = Path(__file__).parents[3]
PACKAGES = ("web", "actors", "models", "static")
# Exits with 1 if the user cannot read something that the processes need.
READABLE = """
import os, sys, sysconfig
for top, names, files in (walk for path in sys.argv[1:] for walk in os.walk(path)):
    if not all(os.access(os.path.join(top, name), os.R_OK) for name in names + files):
        sys.exit(1)
libraries = sysconfig.get_path("purelib")
sys.exit(not all(os.access(entry, os.R_OK) for entry in os.scandir(libraries)))
"""


def user_for_processes(
    instance: str,
    postgres: SystemUser | None,
    programs: Iterable[Path],
    tell: Callable[[str], None],
) -> SystemUser | None:
    """Chooses the user; None (our own) unless we are root.

    `instance` names the installation; `programs` are needed besides code and interpreter. If no
    user can reach all of these, it is root without capabilities, and `tell` receives a line.
    """
    if os.geteuid() != 0:
        return None
    others = [user for user in system_users() if postgres is None or user.uid != postgres.uid]
    for user in [_own_user(instance), *others]:
        if user.can("/bin/true"):
            masked = replace(user, masks=_masks(user, _needed(programs)))
            if _can_run(masked):
                return masked
            break
    tell(
        "Redis, web and workers run as root, if without its capabilities: no other user can read "
        f"{CODE} or run {sys.executable}. Put both where every user can read them."
    )
    return SystemUser("root", 0, 0)


def _own_user(instance: str) -> SystemUser:
    known = {entry.pw_uid for entry in pwd.getpwall()}
    free = [uid for uid in OWN_UIDS if uid not in known]
    uid = free[zlib.crc32(instance.encode()) % len(free)]
    return SystemUser(str(uid), uid, uid)


def _can_run(user: SystemUser) -> bool:
    code = [CODE / name for name in PACKAGES]
    return user.can(sys.executable, "-c", READABLE, *code)


def _needed(programs: Iterable[Path]) -> set[Path]:
    """Code, virtual environment and interpreter, by every path that is used to open them."""
    named = {CODE, Path(sys.prefix), Path(sys.base_prefix), *programs}
    named.update(step.parents[1] for step in _links(Path(sys.executable)))
    return {path.absolute() for path in named} | {path.resolve() for path in named}


def _links(link: Path) -> Iterator[Path]:
    """A path and the targets of its links, one by one."""
    yield link
    while link.is_symlink():
        link = link.parent / link.readlink()
        yield link


def _masks(user: SystemUser, needed: set[Path]) -> tuple[Mask, ...]:
    """For each directory that the user may not enter, the needed paths below it."""
    lines = {path: [*reversed(path.parents), path] for path in needed if path.exists()}
    directories = {step for line in lines.values() for step in line if step.is_dir()}
    closed = user.cannot_enter(sorted(directories))
    masks: dict[Path, list[Path]] = {}
    for path, line in sorted(lines.items()):
        first = next((directory for directory in line if directory in closed), None)
        if first is None or first.resolve() != first:  # a link; `needed` has its target as well
            continue
        if not any(kept in path.parents for kept in masks.setdefault(first, [])):
            masks[first].append(path)
    return tuple((directory, tuple(paths)) for directory, paths in masks.items())
