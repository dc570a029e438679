"""The first row of an orders file: the position of each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import (
    COLUMNS,
    HEAD,
    LINE,
    OPTIONAL,
    ORDER_NUMBER,
    SPECIAL,
)
from models.order_import.csv_file.errors import Unreadable, row_error
from models.order_import.table_file.records import Damage
from models.order_import.table_file.rejected_rows import PROBLEM

_SHOWN = 60
# Our columns, and those that are ignored without a word: unnamed ones, and the one of a file of
# rejected rows that comes back.
_KNOWN = frozenset({*COLUMNS, "", PROBLEM})
MAX_IGNORED = 100

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
    names = [_printable(name.strip().lower()) for name in fields]
    others = (name[:_SHOWN] for name in names if name not in _KNOWN)
    unknown = tuple(islice(others, MAX_IGNORED))
    wrong = (*_missing_names(names), *_repeated_names(names))
    if wrong:
        # A missing column is often there under another name.
        wrong = (*wrong, *map(_unknown_name, unknown))
        raise Unreadable(*(row_error(at, name, code, message) for name, code, message in wrong))
    return Header(names, unknown)


def _missing_names(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    optional = OPTIONAL | {"unit_price"} if "unit_price_gross" in names else OPTIONAL
    for name in COLUMNS:
        if name not in names and name not in optional:
            yield name, "missing_column", f"The column {name} is missing."


def _repeated_names(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    repeated = (name for name, times in Counter(names).items() if name and times > 1)
    for name in islice(repeated, MAX_IGNORED):
        yield name[:_SHOWN], "duplicate_column", f"The column {shown(name)} is named twice."


def _unknown_name(name: str) -> tuple[str, str, str]:
    return name, "unknown_column", f"{shown(name)} is not a column of the orders file."


def _printable(name: str) -> str:
    """The name, with `?` for what cannot be stored: the header may be in any encoding."""
    return name.encode(errors="replace").decode().replace("\0", "?")
