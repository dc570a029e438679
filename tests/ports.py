"""Ports for the servers of this suite, which nobody else is given by chance.

The system picks ports for others from 32768 on (`ip_local_port_range`); a port from there may be
taken before a server that loads for a second has bound it. Each process of the suite has a range
of its own below that, and begins somewhere in it, for another suite may run on the machine.
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
    """A free TCP port of 127.0.0.1, another one each time."""
    return next(port for port in _ports if is_free(port))
