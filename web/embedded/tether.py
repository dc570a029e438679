"""Become a command that ends with its parent: `python tether.py PARENT SIGNAL OWNER COMMAND...`

Runs as a script of its own, on the standard library alone. PARENT is the pid to be tied to;
SIGNAL the number of the signal to receive when it ends; OWNER is `-` or `uid:gid`, the system
user to become. Linux clears the parent-death signal when a process changes its user, hence the
order: user first, then signal, then the command (`man 2 prctl`, PR_SET_PDEATHSIG).
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(parent: int, death_signal: int, owner: str, command: list[str]) -> None:
    """Replace this process by the command; exits with 1 where the parent has already gone."""
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the tie was made
        sys.exit(1)
    # A path, not a name: searching imports a module, which the new user may not be able to read.
    os.execv(command[0], command)  # noqa: S606 - the command comes from our own code


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
