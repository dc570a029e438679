"""The extent of the chaos tests: each kind of fault once in `make test`, many in `make chaos`."""

import os
from typing import TypeVar

IN_MAKE_CHAOS = bool(os.environ.get("CHAOS_FAULTS"))

T = TypeVar("T")


def extent(*, suite: T, chaos: T) -> T:
    """The value for this run."""
    return chaos if IN_MAKE_CHAOS else suite
