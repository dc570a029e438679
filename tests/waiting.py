"""Waiting for something to become true, instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02


def wait_for(condition: Callable[[], T], deadline_seconds: float = 30.0) -> T:
    """Call `condition` until it returns something true, and return that.

    Fails the test after `deadline_seconds`, naming the condition. An AssertionError inside the
    condition counts as "not yet", and becomes the failure's cause.
    """
    deadline = time.monotonic() + deadline_seconds
    cause: AssertionError | None = None
    while True:
        try:
            value = condition()
            if value:
                return value
            cause = None
        except AssertionError as error:
            cause = error
        if time.monotonic() > deadline:
            name = getattr(condition, "__qualname__", repr(condition))
            raise AssertionError(f"not within {deadline_seconds} s: {name}") from cause
        time.sleep(POLL_SECONDS)
