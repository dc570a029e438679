"""What the values of a column say about how its numbers or dates are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from models.order_import.csv_file.cell_text import BadValue, plain
from models.order_import.mapping.dates import DateWay, read_date, read_serial
from models.order_import.mapping.numbers import MARKS, DecimalMark, currencies_beside, written
from models.order_import.table_file.cells import CellNumber

Way = TypeVar("Way", DecimalMark, DateWay)

# Values repeat; a memory of this many keeps the scan of a file fast and small.
_REMEMBERED: Final = 10_000


class Example(NamedTuple):
    """The first value of its kind, the line on which it stands, and its readings."""

    value: str
    line: int
    readings: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Evidence(Generic[Way]):
    """How often a column has values that only one way can read, and an example of each kind.

    `unsure` is a value that several ways read differently; `ways` are those in which any value can
    be read, and `unread` says whether there are values that no way can read. If it is `of_texts`,
    the numbers of cells say nothing.
    """

    name: str
    readings_of: Callable[[str], dict[Way, str]]
    of_texts: bool = False
    counts: dict[Way, int] = field(default_factory=dict)
    proofs: dict[Way, Example] = field(default_factory=dict)
    unsure: Example | None = None
    unsure_ways: set[Way] = field(default_factory=set)
    ways: set[Way] = field(default_factory=set)
    unread: bool = False
    _known: dict[str, tuple[Way, ...]] = field(default_factory=dict)

    def add(self, value: str, line: int) -> None:
        """Takes a value into account; what no way can read says nothing."""
        if self.of_texts and isinstance(value, CellNumber):
            return
        ways = self._known.get(value)
        if ways is None:
            ways = self._learn(value, line)
        if len(ways) == 1:
            self.counts[ways[0]] = self.counts.get(ways[0], 0) + 1

    def _learn(self, value: str, line: int) -> tuple[Way, ...]:
        readings = self.readings_of(value)
        ways: tuple[Way, ...] = tuple(readings)
        example = Example(value.strip(), line, tuple(readings.items()))
        self.ways.update(ways)
        if not ways and value.strip():
            self.unread = True
        if len(readings) == 1:
            self.proofs.setdefault(ways[0], example)
        elif len(set(readings.values())) > 1:
            self.unsure = self.unsure or example
            self.unsure_ways.update(ways)
        else:
            ways = ()
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[value] = ways
        return ways


def number_evidence(name: str, beside: str) -> Evidence[DecimalMark]:
    """Evidence of a column of numbers; see `number_readings` for `beside`."""
    return Evidence(name, lambda value: number_readings(value, beside), of_texts=True)


def date_evidence(name: str) -> Evidence[DateWay]:
    """Evidence of a column of dates."""
    return Evidence(name, lambda value: date_readings(unwrapped(value)))


def date_readings(value: str) -> dict[DateWay, str]:
    """Every reading of a date, by the way in which its column may be written."""
    readings = read_date(value)
    serial = None if readings else read_serial(value)
    return readings if serial is None else {"serial": serial}


def number_readings(value: str, beside: str) -> dict[DecimalMark, str]:
    """Every reading of a number, by the decimal mark; empty if it is no number of the column.

    `beside` says what may stand beside the number: `money`, `percent` or nothing.
    """
    parts = written(unwrapped(value))
    if parts is None or not may_stand_beside(parts.beside, beside):
        return {}
    readings = ((mark, parts.read(mark)) for mark in MARKS)
    return {mark: reading for mark, reading in readings if reading is not None}


def unwrapped(value: str) -> str:
    """The value without what a spreadsheet puts around it; as it is if it is no clean text."""
    try:
        return plain(value)
    except BadValue:
        return value


def may_stand_beside(sign: str, beside: str) -> bool:
    """Whether the sign may stand beside a number of a column of that kind."""
    if not sign:
        return True
    return (
        beside == "percent" if sign == "%" else beside == "money" and bool(currencies_beside(sign))
    )


def proven(columns: Iterable[Evidence[Way]]) -> set[Way]:
    """The ways that a value of any of the columns proves."""
    return {way for column in columns for way in column.proofs}
