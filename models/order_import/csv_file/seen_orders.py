"""What became of the orders that have gone by, in some thirty bytes each."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

_SMALLEST: Final = 1 << 12
_KEY: Final = (1 << 64) - 1
_FATE_BITS: Final = 3
_FATE: Final = (1 << _FATE_BITS) - 1


class Fate(IntEnum):
    """What became of an order of the file."""

    ACCEPTED = 0
    CREATED = 1
    UPDATED = 2
    UNCHANGED = 3
    REJECTED = 4


class Seen(NamedTuple):
    """The line on which an order begins, and what became of it."""

    line: int
    fate: Fate


@dataclass(frozen=True, slots=True)
class Apart:
    """An order to which the file comes back on `line`, when its rows `before` were handed on."""

    number: str
    line: int
    before: Seen


class SeenOrders:
    """Orders by number, of which only a 64-bit hash is kept.

    Two numbers are taken for one with a chance of n² / 2⁶⁵: one in some million for five million.
    """

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _SMALLEST))
        self._values = array("Q", bytes(8 * _SMALLEST))
        self._used = 0

    def get(self, number: str) -> Seen | None:
        """What is known of the order of that number; None if it has not gone by."""
        place = self._place(_key(number))
        if not self._keys[place]:
            return None
        value = self._values[place]
        return Seen(value >> _FATE_BITS, Fate(value & _FATE))

    def note(self, number: str, line: int, fate: Fate) -> None:
        """Remembers the order, or what became of it since."""
        key = _key(number)
        place = self._place(key)
        new = not self._keys[place]
        self._keys[place] = key
        self._values[place] = line << _FATE_BITS | fate
        if new:
            self._used += 1
            if self._used * 2 > len(self._keys):
                self._grow()

    def _place(self, key: int) -> int:
        """Where `key` stands, or the free slot where it would."""
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
