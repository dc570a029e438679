"""Records whose numbers and dates are written in the standard way, whatever the file uses.

A file in the standard way is passed on block by block after one look at the values of a few
columns. Only when another value is seen is the file read from its start, to see how its columns
are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Final

from models.order_import.errors import Unreadable
from models.order_import.mapping import conventions as rules
from models.order_import.mapping.column_evidence import date_evidence, number_evidence
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.dates import DateWay
from models.order_import.mapping.numbers import DecimalMark
from models.order_import.mapping.value_reader import DateReader, NumberReader, RowValues
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Record

Records = Iterator[Record]
OpenRecords = Callable[[], Records]
OnLook = Callable[[], None]

_BLOCK: Final = 250
_LOOKED_AT_ONCE: Final = 10_000
_ALL_NUMBERS: Final = re.compile(
    r"(?:[^\S\n]*+(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+))?[^\S\n]*+\n)*+", re.ASCII
)
_ALL_DATES: Final = re.compile(r"(?:[^\S\n]*+(?:\d{4}-\d\d-\d\d)?[^\S\n]*+\n)*+", re.ASCII)


def do_nothing() -> None:
    """For those who do not wait for the look through a file."""


def standard_records(
    open_records: OpenRecords,
    names_of: Callable[[Sequence[str]], Sequence[str]],
    given: Conventions,
    default_currency: str,
    on_look: OnLook = do_nothing,
    *,
    apart: bool = False,
) -> Records:
    """The file's records, header first, with standard numbers and dates.

    `open_records` begins to read the file from its start; an iterator that it returned before is
    not used any more. `names_of` returns our names of a header's columns; `default_currency` is
    that of rows which name none; `on_look` is called now and then while the whole file is looked
    through; `apart` says that the rows come from a file that had others. Values that cannot be read
    stay as they are. Raises `UnsureReading` before the first
    record in which it matters, and what reading the file and `on_look` raise.
    """
    records = open_records()
    header = next(records, None)
    if header is None:
        return
    yield header
    columns = _Columns(header[1], names_of)
    passed = 1
    if not (apart or given.decimal == "comma" or given.dates not in (None, "y-m-d")):
        for block, error in _blocks(records):
            if not columns.are_standard(block):
                break
            yield from block
            passed += len(block)
            if error is not None:
                raise error
        else:
            return
    values = columns.reader(open_records, given, default_currency, on_look, apart=apart)
    for at, fields, odd_bytes in islice(open_records(), passed, None):
        if isinstance(fields, list):
            values.rewrite(fields)
        yield at, fields, odd_bytes


class _Columns:
    """The positions of the columns of numbers and dates."""

    def __init__(
        self, header: list[str] | Damage, names_of: Callable[[Sequence[str]], Sequence[str]]
    ) -> None:
        names = [] if isinstance(header, Damage) else names_of(header)
        at = {name: position for position, name in enumerate(names)}
        self.numbers = {name: at[name] for name in rules.NUMBERS if name in at}
        self.dates = {name: at[name] for name in rules.DATES if name in at}
        self.currency = at.get("currency")
        watched = (*self.numbers.values(), *self.dates.values())
        self._width = max(watched, default=-1) + 1

    def are_standard(self, block: Sequence[Record]) -> bool:
        """Whether every number and date of the block is written in the standard way."""
        width = self._width
        rows = [row for _, row, _ in block if row.__class__ is list and len(row) >= width]
        return all(
            pattern.fullmatch("\n".join({*map(itemgetter(position), rows), ""}) + "\n")
            for pattern, positions in (
                (_ALL_NUMBERS, self.numbers.values()),
                (_ALL_DATES, self.dates.values()),
            )
            for position in positions
        )

    def reader(
        self,
        open_records: OpenRecords,
        given: Conventions,
        default_currency: str,
        on_look: OnLook,
        *,
        apart: bool,
    ) -> RowValues:
        """How to read the values of a row; reads the whole file unless all is given."""
        marks: Mapping[str, DecimalMark] = dict.fromkeys(self.numbers, given.decimal or "point")
        ways: Mapping[str, DateWay] = dict.fromkeys(self.dates, given.dates or "y-m-d")
        if given.decimal is None or given.dates is None:
            numbers = [number_evidence(name, rules.NUMBERS[name]) for name in self.numbers]
            dates = [date_evidence(name) for name in self.dates]
            add_number = zip(self.numbers.values(), (column.add for column in numbers), strict=True)
            add_date = zip(self.dates.values(), (column.add for column in dates), strict=True)
            looked_at = [*add_number, *add_date]
            records = _readable(islice(open_records(), 1, None))
            for count, (at, fields, _) in enumerate(records, start=1):
                if not count % _LOOKED_AT_ONCE:
                    on_look()
                if isinstance(fields, list) and len(fields) >= self._width:
                    for position, add in looked_at:
                        add(fields[position], at)
            if given.decimal is None:
                marks = rules.decided_marks(numbers, apart=apart)
            if given.dates is None:
                ways = rules.decided_ways(dates)
        return RowValues(
            {
                self.numbers[name]: NumberReader(mark, rules.NUMBERS[name])
                for name, mark in marks.items()
            },
            {self.dates[name]: DateReader(way) for name, way in ways.items()},
            self.currency,
            default_currency,
        )


def _blocks(records: Records) -> Iterator[tuple[list[Record], Exception | None]]:
    """Records by the hundred; the error with which reading ends comes with the last block."""
    while True:
        block: list[Record] = []
        try:
            block.extend(islice(records, _BLOCK))  # keeps what came before an error
        except Exception as error:
            yield block, error
            return
        if not block:
            return
        yield block, None


def _readable(records: Records) -> Records:
    """The records up to where the file cannot be read."""
    try:
        yield from records
    except Unreadable:
        return
