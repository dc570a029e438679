"""Whether a text file was cut off within its last value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from models.order_import.table_file.filled_rows import with_next
from models.order_import.table_file.records import Damage, Record
from models.order_import.table_file.text_lines import Source

# So many values of the last column are kept. With more, a value that is a part of another one is
# nothing unusual.
MAX_VALUES: Final = 10_000
_LONGEST: Final = 100
_BETWEEN: Final = "\x1f"


class EndOfSource:
    """The source, and whether what was read of it so far ends within a line."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.is_open = False

    def read(self, size: int, /) -> bytes:
        """What the source reads."""
        data = self._source.read(size)
        if data:
            self.is_open = data[-1:] not in b"\r\n"
        return data


def with_end_in_doubt(records: Iterator[Record], is_open: Callable[[], bool]) -> Iterator[Record]:
    """The records, header first; the last is `Damage` if its last value was probably cut off.

    That is a value which occurs nowhere else in the column, and with which another begins (1 and
    19), in a file whose last line, unlike the others, has no end (`is_open`).
    """
    yield from islice(records, 1)
    seen: set[str] = set()
    for record, below in with_next(records):
        fields = record[1]
        if isinstance(fields, list) and len(seen) < MAX_VALUES:
            value = fields[-1][:_LONGEST]
            if below is None and is_open() and _is_part(value, seen):
                yield record[0], _cut_off(fields), record[2]
                return
            seen.add(value)
        yield record


def _is_part(value: str, others: set[str]) -> bool:
    return value not in others and any(other.startswith(value) for other in others)


def _cut_off(fields: list[str]) -> Damage:
    whole = "".join(f'"{value.replace(chr(34), chr(34) * 2)}"{_BETWEEN}' for value in fields[:-1])
    message = (
        "The file ends without a line end, and probably within the last value of this line. "
        "If the value is whole, end the line."
    )
    return Damage("cut_off", message, whole + fields[-1], _BETWEEN)
