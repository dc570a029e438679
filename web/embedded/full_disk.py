"""Lets a process continue while a disk is full, without writing what does not fit."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def ignore_full_disk() -> Iterator[None]:
    """Ignores the error of a full disk inside the `with` block."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
