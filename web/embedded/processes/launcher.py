"""Runs a command that ends with its parent: `python launcher.py PARENT SIGNAL USER COMMAND...`

A script that imports only the standard library. PARENT is the pid of the parent, SIGNAL the number
of the signal that the command receives when the parent ends (the parent-death signal). USER is `-`,
or as JSON the system user to become, with the directories to mask (`as_argument` in
system_user.py). Linux clears the parent-death signal when a process changes its user, so the user
comes first (`man 2 prctl`, PR_SET_PDEATHSIG).
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
    """Replaces this process with the command; exits with 1 if the parent has already ended."""
    if user != "-":
        become(json.loads(user))
    LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before prctl
        sys.exit(1)
    # A path, not a name: the search for a name imports a module that the new user may not read.
    os.execv(command[0], command)  # noqa: S606 - the command comes from our own code


def become(user: dict[str, Any]) -> None:
    """Becomes the user, and drops groups and capabilities irrevocably."""
    uid, gid, masks = user["uid"], user["gid"], user["masks"]
    if masks:
        mask_directories(masks)
    capability = 0
    while LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    must(LIBC.capset(header, (ctypes.c_uint32 * CAPABILITY_DATA_WORDS)()))
    must(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def mask_directories(masks: list[tuple[str, list[str]]]) -> None:
    """In a new mount namespace, replaces each directory with one that holds only some paths.

    `masks` are pairs of a directory and the paths below it to keep. The paths keep their names and
    permissions; the permissions of the directories above them no longer matter.
    """
    must(LIBC.unshare(CLONE_NEWNS))
    mount(None, "/", None, MS_REC | MS_SLAVE)
    before = os.umask(0o022)
    for directory, paths in masks:
        kept = [(path, os.open(path, os.O_PATH | os.O_NOFOLLOW)) for path in mountable(paths)]
        links = {path: os.readlink(path) for path, _ in kept if os.path.islink(path)}
        mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
        for path, descriptor in kept:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if path in links:
                os.symlink(links[path], path)
            else:
                bind(path, descriptor)
            os.close(descriptor)
    os.umask(before)
    os.chdir(os.getcwd())  # the same directory, in the new namespace


def mountable(paths: list[str]) -> list[str]:
    """The paths, but a directory that other users may not list is replaced by its entries."""
    found = []
    for path in paths:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode) and about.st_mode & 0o005 != 0o005:
            found += [os.path.join(path, name) for name in os.listdir(path)]
        else:
            found.append(path)
    return found


def bind(path: str, descriptor: int) -> None:
    """Bind-mounts the opened file or directory at `path`."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    mount(f"/proc/self/fd/{descriptor}", path, None, MS_BIND | MS_REC)


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """Calls `mount(2)`."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    must(LIBC.mount(*words, ctypes.c_ulong(flags), options and options.encode()))


def must(result: int) -> None:
    """Raises OSError if a call of the C library failed."""
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
