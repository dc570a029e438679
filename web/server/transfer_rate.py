"""The minimum rate at which a client must send a body or read an answer."""

from __future__ import annotations

from typing import Final

# A transfer is aborted if not a single byte arrives for this long.
IDLE_SECONDS: Final = 15.0
# After this time the average must have reached `MIN_BYTES_PER_SECOND`.
GRACE_SECONDS: Final = 15.0
MIN_BYTES_PER_SECOND: Final = 8192
MAX_SECONDS: Final = 3600.0


class TransferRate:
    """The progress of one body or answer; times are seconds of a monotonic clock."""

    __slots__ = ("_bytes", "_last_at", "_started_at")

    def __init__(self, now: float) -> None:
        self._started_at = self._last_at = now
        self._bytes = 0

    def add(self, count: int, now: float) -> None:
        """Counts transferred bytes."""
        self._bytes += count
        self._last_at = now

    @property
    def deadline(self) -> float:
        """When the transfer is aborted, unless more bytes follow."""
        return min(
            self._last_at + IDLE_SECONDS,
            self._started_at + GRACE_SECONDS + self._bytes / MIN_BYTES_PER_SECOND,
            self._started_at + MAX_SECONDS,
        )
