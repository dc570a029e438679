"""Keeps tests that change the machine's network apart from those with a browser.

Chromium aborts its requests with ERR_NETWORK_CHANGED when an address of the machine changes. The
locks are files, because the tests run in several processes.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path

_PREFIX = Path(tempfile.gettempdir()) / f"billmill-tests-network-{os.getuid()}"


@contextmanager
def _locks(operation: int) -> Iterator[None]:
    # The first lock is a queue: a change that waits for browsers lets no further one begin.
    with Path(f"{_PREFIX}.queue").open("a") as queue, Path(f"{_PREFIX}.use").open("a") as use:
        flock(queue, LOCK_EX)
        flock(use, operation)
        flock(queue, LOCK_UN)
        yield


@contextmanager
def unchanged_network() -> Iterator[None]:
    """The network does not change within the block; many processes may be in it."""
    with _locks(LOCK_SH):
        yield


@contextmanager
def changing_network() -> Iterator[None]:
    """No other process is in `unchanged_network` or `changing_network` within the block."""
    with _locks(LOCK_EX):
        yield
