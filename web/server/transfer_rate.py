"""How slow a client may be while it sends a body or reads an answer."""

from __future__ import annotations

from typing import Final

# A connection without a single byte for so long is given up.
QUIET_SECONDS: Final = 15.0
# After this the client must have been faster than `SLOWEST`, on average.
GRACE_SECONDS: Final = 15.0
SLOWEST: Final = 8192  # bytes a second
LONGEST_SECONDS: Final = 3600.0


class Pace:
    """The bytes of one body or answer against the clock; times are monotonic seconds."""

    __slots__ = ("_begun", "_bytes", "_moved")

    def __init__(self, now: float) -> None:
        self._begun = self._moved = now
        self._bytes = 0

    def move(self, count: int, now: float) -> None:
        """So many bytes more have gone through."""
        self._bytes += count
        self._moved = now

    @property
    def deadline(self) -> float:
        """When the client is to be given up, if nothing moves until then."""
        return min(
            self._moved + QUIET_SECONDS,
            self._begun + GRACE_SECONDS + self._bytes / SLOWEST,
            self._begun + LONGEST_SECONDS,
        )
