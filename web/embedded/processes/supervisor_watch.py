"""Kills the process groups of a supervisor that was killed: `python supervisor_watch.py SECONDS`.

The supervisor starts this script, and writes a line `+PGID` or `-PGID` to its standard input when a
group starts or ends. The end of the input means that the supervisor has ended. If it was killed,
its children have received SIGTERM (see launcher.py); this script kills their groups after SECONDS.
"""

import os
import signal
import sys
import time


def main(seconds: float) -> None:
    """Returns when the supervisor and all its groups have ended."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    deadline = time.monotonic() + seconds
    while groups:
        stop = signal.SIGKILL if time.monotonic() > deadline else 0
        for group in list(groups):
            try:
                os.killpg(group, stop)
            except ProcessLookupError:
                groups.discard(group)
        if stop:
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main(float(sys.argv[1]))
