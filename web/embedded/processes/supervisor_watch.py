"""Kill process groups whose supervisor was killed: `python supervisor_watch.py SECONDS`, run by it.

The supervisor writes `+PGID` and `-PGID` lines to our standard input as groups come and go. When
that ends without our being stopped, the supervisor is gone: its children have received SIGTERM
by then (see launcher.py); what is left of their groups after SECONDS is killed.
"""

import os
import signal
import sys
import time


def main(seconds: float) -> None:
    """Return when the supervisor and all groups it named are gone."""
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
