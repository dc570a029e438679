"""Buffers a body until it is complete: a small one in memory, a larger one in a temporary file."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

# A larger body goes to a temporary file.
MEMORY_BYTES: Final = 64 * 1024


class BodyTooLarge(Exception):
    """The body exceeds the limit of its address."""


class BudgetExhausted(Exception):
    """The bodies of this process together exceed their limit."""


class ByteBudget:
    """The bytes that several bodies may take together; used by one thread."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def reserve(self, count: int) -> None:
        """Raises `BudgetExhausted`."""
        if count > self._left:
            raise BudgetExhausted
        self._left -= count

    def release(self, count: int) -> None:
        """Returns reserved bytes."""
        self._left += count


@dataclass(frozen=True, slots=True)
class BodyBudgets:
    """One budget for bodies that are read before the sender is known, and one for bodies that need
    admission: unauthenticated clients cannot exhaust the second."""

    unauthenticated: ByteBudget
    admitted: ByteBudget


class SpooledBody:
    """One body, counted in a `ByteBudget`."""

    def __init__(self, limit: int, budget: ByteBudget) -> None:
        self._limit = limit
        self._budget = budget
        self._size = 0
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115

    def write(self, data: bytes) -> None:
        """Raises `BodyTooLarge` or `BudgetExhausted`."""
        if self._size + len(data) > self._limit:
            raise BodyTooLarge
        self._budget.reserve(len(data))
        self._size += len(data)
        self._file.write(data)

    def reader(self) -> IO[bytes]:
        """Reads what was written, from the beginning."""
        self._file.seek(0)
        return cast("IO[bytes]", self._file)

    def close(self) -> None:
        """Deletes the body and releases its bytes; may be called again."""
        self._file.close()
        self._budget.release(self._size)
        self._size = 0
