"""Rows above the header: what the table is about, when it was made, for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from models.order_import.errors import Unreadable
from models.order_import.table_file.records import Damage, Record

# The header is one of so many rows with a value. No row of an orders file is as short as a title,
# and no header is.
LOOKED_AT: Final = 10
MOST_OF_A_TITLE: Final = 2
_LEAST_OF_A_HEADER: Final = 4


def count_titles(rows: Sequence[Sequence[str]]) -> int:
    """How many of these rows, the first of a table, stand above its header."""
    for number, row in enumerate(rows[:LOOKED_AT]):
        filled = _filled(row)
        if filled >= _LEAST_OF_A_HEADER:
            return number
        if filled > MOST_OF_A_TITLE:
            break
    return 0


def below_titles(records: Iterator[Record]) -> Iterator[Record]:
    """The records from the header on; all of them where the header cannot be told for sure.

    Each record has a value. Reads up to the header at once.
    """
    first: list[Record] = []
    try:
        for record in islice(records, LOOKED_AT):
            first.append(record)
            if _filled(record[1]) > MOST_OF_A_TITLE:
                break
    except Unreadable as error:
        records = _raising(error)
    rows = [fields for _, fields, _ in first if isinstance(fields, list)]
    titles = count_titles(rows) if len(rows) == len(first) else 0
    return chain(first[titles:], records)


def _raising(error: Unreadable) -> Iterator[Record]:
    """What is left of records that cannot be read further."""
    raise error
    yield  # a generator raises only when it is asked for a record


def _filled(fields: Sequence[str] | Damage) -> int:
    """How many values the row has; a damaged one may have many."""
    if isinstance(fields, Damage):
        return LOOKED_AT
    return sum(1 for value in fields if value.strip())
