"""The first row of an orders file: the position of each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from operator import itemgetter
from typing import Final

from models.clean_text import UnfitText, clean_key
from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import (
    COLUMNS,
    HEAD,
    LINE,
    OPTIONAL,
    ORDER_NUMBER,
    SPECIAL,
)
from models.order_import.errors import Unreadable, row_error
from models.order_import.table_file.records import Damage
from models.order_import.table_file.rejected_rows_file import PROBLEM

_SHOWN = 60
# Our columns, and those that are ignored without a word: unnamed ones, and the one of a file of
# rejected rows that comes back.
_KNOWN = frozenset({*COLUMNS, "", PROBLEM})
MAX_IGNORED = 100
_NOT_A_LETTER: Final = re.compile(r"[\W_]+")
_BY_LETTERS: Final = {name.replace("_", ""): name for name in COLUMNS}
# Of difflib's ratio: one letter of six may differ.
_NEARLY: Final = 0.8

Picker = Callable[[Sequence[str]], tuple[str, ...]]


class Header:
    """The position of each column.

    `head` and `line` pick a row's values in the order of `head_readers` and `LINE`: the readers of
    the order's columns that the file has. `special` picks the values of `LINE` and `SPECIAL`, and
    is None for a file without a column of `SPECIAL`; it expects an empty text at the end of the
    row, which it picks for a column that the file leaves out. `ignored` are the columns, up to a
    hundred, that an orders file does not have.
    """

    def __init__(self, names: Sequence[str], ignored: tuple[str, ...] = ()) -> None:
        self.names = tuple(names)
        self.width = len(names)
        self.ignored = ignored
        position = {name: at for at, name in enumerate(names)}
        self.order_number = position[ORDER_NUMBER]
        self.head_readers = {name: read for name, read in HEAD.items() if name in position}
        self.head: Picker = itemgetter(*(position[name] for name in self.head_readers))
        self.line: Picker = itemgetter(*(position.get(name, -1) for name in LINE))
        self.special: Picker | None = None
        if any(name in position for name in SPECIAL):
            self.special = itemgetter(*(position.get(name, -1) for name in (*LINE, *SPECIAL)))


def read_header(fields: Sequence[str] | Damage, at: int) -> Header:
    """The header on line `at`; raises `Unreadable` with everything that is wrong with it."""
    if isinstance(fields, Damage):
        raise Unreadable(row_error(at, None, fields.code, fields.message))
    if any("\0" in field for field in fields):
        message = "The file is not UTF-8 text (it may be UTF-16): save it as CSV UTF-8."
        raise Unreadable(row_error(at, None, "not_utf8", message))
    names = [column_name(name) for name in fields]
    others = (name[:_SHOWN] for name in names if name not in _KNOWN)
    unknown = tuple(islice(others, MAX_IGNORED))
    wrong = (*_missing_names(names, unknown), *_repeated_names(names))
    if wrong:
        raise Unreadable(*(row_error(at, name, code, message) for name, code, message in wrong))
    return Header(names, unknown)


def check_continuation(header: Header, fields: Sequence[str] | Damage, at: int) -> None:
    """Raises `Unreadable` if the row below the header, on line `at`, is the rest of the header.

    An optional column that a line end cut off would be left out silently.
    """
    if isinstance(fields, Damage) or len(fields) >= header.width:
        return
    absent = [name for name in COLUMNS if name not in header.names]
    for value in (header.names[-1] + fields[0], *fields):
        if len(value) > _SHOWN:  # no column, and slow to compare
            continue
        for meant in get_close_matches(column_name(value), absent, n=1, cutoff=_NEARLY):
            message = f"The header is broken by a line end: line {at} has the column {meant} of it."
            raise Unreadable(row_error(at, meant, "broken_header", message))


def column_name(written: str) -> str:
    """The column that a header names, as people write it: “Order Number” is order_number.

    Another name is only made clean and small; `?` stands for what cannot be stored.
    """
    try:
        name = clean_key(written).lower()
    except UnfitText:  # the header may be in any encoding
        name = written.strip().lower().encode(errors="replace").decode()
        name = "".join(each if each.isprintable() else "?" for each in name)
    return _BY_LETTERS.get(_NOT_A_LETTER.sub("", name), name)


def _missing_names(names: Sequence[str], unknown: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What the file lacks: one finding for each name that is nearly right, one for the others."""
    optional = OPTIONAL | {"unit_price"} if "unit_price_gross" in names else OPTIONAL
    absent = [name for name in COLUMNS if name not in names]
    for name in unknown:
        # An optional column under a wrong name must not be left out silently.
        for meant in get_close_matches(name, absent, n=1, cutoff=_NEARLY):
            absent.remove(meant)
            message = f"{shown(name)} is not a column of the orders file: did you mean {meant}?"
            yield name, "unknown_column", message
    missing = [name for name in absent if name not in optional]
    if missing:
        message = f"The column {missing[0]} is missing."
        if len(missing) > 1:
            message = f"The columns {', '.join(missing[:-1])} and {missing[-1]} are missing."
        yield missing[0], "missing_column", message


def _repeated_names(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    repeated = (name for name, times in Counter(names).items() if name and times > 1)
    for name in islice(repeated, MAX_IGNORED):
        yield name[:_SHOWN], "duplicate_column", f"The column {shown(name)} is named twice."
