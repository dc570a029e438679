"""The orders that were read so far and how each was stored, in about thirty bytes per order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

_SMALLEST: Final = 1 << 12
_KEY: Final = (1 << 64) - 1
_OUTCOME_BITS: Final = 3
_OUTCOME: Final = (1 << _OUTCOME_BITS) - 1


class Outcome(IntEnum):
    """How an order of the file was stored."""

    ACCEPTED = 0
    CREATED = 1
    UPDATED = 2
    UNCHANGED = 3
    REJECTED = 4


class Seen(NamedTuple):
    """The line on which an order begins, and how it was stored."""

    line: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ScatteredOrder:
    """An order with another row on `line`, after its rows `before` were handed over.

    If it is in doubt, the row on `line` only may be one of its rows.
    """

    number: str
    line: int
    before: Seen
    in_doubt: bool = False


class SeenOrders:
    """Orders by number, of which only a 64-bit hash is kept.

    Among n orders two numbers share a hash with a probability of n² / 2⁶⁵: about one in a million
    for five million orders.
    """

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _SMALLEST))
        self._values = array("Q", bytes(8 * _SMALLEST))
        self._used = 0

    def get(self, number: str) -> Seen | None:
        """The order with that number; None if it has not been read yet."""
        place = self._place(_key(number))
        if not self._keys[place]:
            return None
        value = self._values[place]
        return Seen(value >> _OUTCOME_BITS, Outcome(value & _OUTCOME))

    def record(self, number: str, line: int, outcome: Outcome) -> None:
        """Adds the order, or updates how it was stored."""
        key = _key(number)
        place = self._place(key)
        new = not self._keys[place]
        self._keys[place] = key
        self._values[place] = line << _OUTCOME_BITS | outcome
        if new:
            self._used += 1
            if self._used * 2 > len(self._keys):
                self._grow()

    def _place(self, key: int) -> int:
        """The slot of `key`, or the free slot that it would take."""
        keys = self._keys
        last = len(keys) - 1
        place = key & last
        while keys[place] and keys[place] != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._keys = array("Q", bytes(16 * len(keys)))
        self._values = array("Q", bytes(16 * len(keys)))
        for key, value in zip(keys, values, strict=True):
            if key:
                place = self._place(key)
                self._keys[place] = key
                self._values[place] = value


def _key(number: str) -> int:
    return (hash(number) & _KEY) or 1
