"""Going on while a disk is full: what cannot be written now is left out."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def room_not_needed() -> Iterator[None]:
    """What is written inside may be lost, if only for want of room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
