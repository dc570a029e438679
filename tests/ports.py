"""Ports for the servers of this suite that the system does not give to other programs.

The system assigns ports from 32768 on (`ip_local_port_range`); such a port may be taken before a
slow server has bound it. Each process of the suite has its own range below that. It begins at a
random place in it, because another suite may run on the machine.
"""

import itertools
import os
import random

from web.embedded.free_port import is_free

FIRST, EACH = 10_000, 2_000
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_ports = itertools.cycle(range(FIRST + EACH * _PROCESS, FIRST + EACH * (_PROCESS + 1)))
for _ in range(random.SystemRandom().randrange(EACH)):
    next(_ports)


def port_of_our_own() -> int:
    """A free TCP port of 127.0.0.1, a different one each time."""
    return next(port for port in _ports if is_free(port))
