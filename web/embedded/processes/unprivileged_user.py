"""As whom Redis and the Procfile's processes run when root starts them, and what they see.

Only root's own: a user of an installation's own number, without name, groups or capabilities. Code
and interpreter may lie where only root may go, such as below /root. Their permissions stay as they
are; the processes get a view of the file system in which the directories above do not stand in the
way (`see_only` in launcher.py).
"""

import os
import pwd
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from web.embedded.processes.system_user import Cover, SystemUser, system_users

# Numbers that distributions leave to services without an entry (systemd's DynamicUser).
OWN_UIDS = range(61184, 65520)
CODE = Path(__file__).parents[3]
PACKAGES = ("web", "actors", "models", "static")
# Exits with 1 where something that the processes read is not for everybody.
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
    """None (ourselves) unless we are root.

    `instance` names the installation, `programs` lie outside of code and interpreter. Where no
    user can be given what is needed, root without any capability, and `tell` hears of it.
    """
    if os.geteuid() != 0:
        return None
    others = [user for user in system_users() if postgres is None or user.uid != postgres.uid]
    for user in [_own_user(instance), *others]:
        if user.can("/bin/true"):
            seeing = replace(user, covers=_covers(user, _needed(programs)))
            if _can_run(seeing):
                return seeing
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
    """Code, virtual environment and interpreter, by the names under which they are asked for."""
    named = {CODE, Path(sys.prefix), Path(sys.base_prefix), *programs}
    named.update(step.parents[1] for step in _steps(Path(sys.executable)))
    return {path.absolute() for path in named} | {path.resolve() for path in named}


def _steps(link: Path) -> Iterator[Path]:
    """A path and what it points to, link by link."""
    yield link
    while link.is_symlink():
        link = link.parent / link.readlink()
        yield link


def _covers(user: SystemUser, needed: set[Path]) -> tuple[Cover, ...]:
    """For each directory that keeps the user from a needed path, the paths to show in it."""
    above = {path: [*reversed(path.parents), path] for path in needed if path.exists()}
    folders = {folder for line in above.values() for folder in line if folder.is_dir()}
    closed = user.cannot_enter(sorted(folders))
    covers: dict[Path, list[Path]] = {}
    for path, line in sorted(above.items()):
        cover = next((folder for folder in line if folder in closed), None)
        if cover is None or cover.resolve() != cover:  # a link: its target is among the needed
            continue
        if not any(shown in path.parents for shown in covers.setdefault(cover, [])):
            covers[cover].append(path)
    return tuple((cover, tuple(paths)) for cover, paths in covers.items())
