"""Become a command that ends with its parent: `python launcher.py PARENT SIGNAL USER COMMAND...`

Runs as a script of its own, on the standard library alone. PARENT is the pid to be tied to;
SIGNAL the number of the signal to receive when it ends; USER is `-`, or as JSON the system user to
become (`as_argument` in system_user.py). Linux clears the parent-death signal when a process
changes its user, hence the order: user first, then signal, then the command (`man 2 prctl`,
PR_SET_PDEATHSIG).
"""

import ctypes
import json
import os
import stat
import sys
from typing import Any

# <linux/prctl.h>, <linux/sched.h>, <linux/mount.h>, <linux/capability.h>
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_SLAVE = 0x2, 0x4, 0x1000, 0x4000, 0x80000
CAPABILITY_VERSION_3, CAPABILITY_DATA_WORDS = 0x20080522, 6

LIBC = ctypes.CDLL(None, use_errno=True)


def main(parent: int, death_signal: int, user: str, command: list[str]) -> None:
    """Replace this process by the command; exits with 1 where the parent has already gone."""
    if user != "-":
        become(json.loads(user))
    LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the tie was made
        sys.exit(1)
    # A path, not a name: searching imports a module, which the new user may not be able to read.
    os.execv(command[0], command)  # noqa: S606 - the command comes from our own code


def become(user: dict[str, Any]) -> None:
    """Become the user, without groups, without capabilities, and without a way to get any."""
    uid, gid, covers = user["uid"], user["gid"], user["covers"]
    if covers:
        see_only(covers)
    capability = 0
    while LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    must(LIBC.capset(header, (ctypes.c_uint32 * CAPABILITY_DATA_WORDS)()))
    must(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def see_only(covers: list[tuple[str, list[str]]]) -> None:
    """In a view of the file system that is ours alone, let a directory show some paths only.

    `covers` are pairs of such a directory and the paths below it: these keep their names and their
    permissions, but the directories above them no longer stand in the way.
    """
    must(LIBC.unshare(CLONE_NEWNS))
    mount(None, "/", None, MS_REC | MS_SLAVE)
    before = os.umask(0o022)
    for directory, paths in covers:
        shown = [(part, os.open(part, os.O_PATH | os.O_NOFOLLOW)) for part in parts_of(paths)]
        links = {part: os.readlink(part) for part, _ in shown if os.path.islink(part)}
        mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
        for part, descriptor in shown:
            os.makedirs(os.path.dirname(part), exist_ok=True)
            if part in links:
                os.symlink(links[part], part)
            else:
                show(part, descriptor)
            os.close(descriptor)
    os.umask(before)
    os.chdir(os.getcwd())  # the same directory, in the new view


def parts_of(paths: list[str]) -> list[str]:
    """The paths; of a directory that others may not list what is in it, since it is to be seen."""
    parts = []
    for path in paths:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode) and about.st_mode & 0o005 != 0o005:
            parts += [os.path.join(path, name) for name in os.listdir(path)]
        else:
            parts.append(path)
    return parts


def show(path: str, descriptor: int) -> None:
    """Make the opened file or directory appear at `path`."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    mount(f"/proc/self/fd/{descriptor}", path, None, MS_BIND | MS_REC)


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """`man 2 mount`."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    must(LIBC.mount(*words, ctypes.c_ulong(flags), options and options.encode()))


def must(result: int) -> None:
    """Raises OSError where a call of the C library failed."""
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
