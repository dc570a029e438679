"""How often Python looks for garbage while an import holds many rows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# An import makes some hundred thousand objects per batch, all of which live until its commit; with
# Python's own threshold of 700 a sixth of its time goes into looking at them.
_OBJECTS: Final = 100_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Inside the `with` block, new objects are looked at rarely."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
