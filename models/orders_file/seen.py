"""Which order numbers have gone by, in some twenty bytes each."""

from __future__ import annotations

from array import array
from typing import Final

_SMALLEST: Final = 1 << 12
_KEY: Final = (1 << 64) - 1


class SeenNumbers:
    """A set of texts that keeps only a 64-bit hash of each.

    Two texts are taken for one with a chance of n² / 2⁶⁵: one in some million for five million.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _SMALLEST))
        self._used = 0

    def __contains__(self, number: str) -> bool:
        key = _key(number)
        return self._slots[self._place(key)] == key

    def add(self, number: str) -> None:
        """Remembers `number`."""
        key = _key(number)
        place = self._place(key)
        if self._slots[place] != key:
            self._slots[place] = key
            self._used += 1
            if self._used * 2 > len(self._slots):
                self._grow()

    def _place(self, key: int) -> int:
        """Where `key` stands, or the free slot where it would."""
        slots = self._slots
        last = len(slots) - 1
        place = key & last
        while slots[place] and slots[place] != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys = [key for key in self._slots if key]
        self._slots = array("Q", bytes(16 * len(self._slots)))
        for key in keys:
            self._slots[self._place(key)] = key


def _key(number: str) -> int:
    return (hash(number) & _KEY) or 1
