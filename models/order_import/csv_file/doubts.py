"""Rows that belong to no order for certain, and the orders that they may belong to.

Such an order is rejected: with one of its lines missing it would be invoiced short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from models.order_import.csv_file.attribution import Attribution
from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.order import FileOrder
from models.order_import.errors import Unreadable, row_error

# The values of so many rows may name orders that come later; they are held in memory as hashes.
MAX_NAMES: Final = 250_000

# Rejects an order by its number, because of rows from one line to another; whether it is known.
Reject = Callable[[str, int, int], bool]


@dataclass(slots=True)
class _Rows:
    """Rows in succession, from line `first` to `last`, below those of the order `above`."""

    above: FileOrder | None
    first: int
    last: int
    apart: bool


class Doubts:
    """The rows in doubt since the last row that was attributed, and all values that may name an
    order further below."""

    def __init__(self, reject: Reject) -> None:
        self._reject = reject
        self._rows: _Rows | None = None
        self._names: dict[int, int] = {}

    @property
    def waiting(self) -> bool:
        """Whether rows in doubt wait for the order below them."""
        return self._rows is not None

    def add(self, at: int, row: Attribution, above: FileOrder | None) -> None:
        """A row in doubt on line `at`, below the rows of the order `above`. Raises `Unreadable`."""
        self.name(at, row.values)
        if row.apart:
            return
        if self._rows is None:
            self._rows = _Rows(above, at, at, bool(row.unusable))
        self._rows.last = at
        self._rows.apart = self._rows.apart or bool(row.unusable)

    def name(self, at: int, values: tuple[str, ...]) -> None:
        """Rejects the orders that a row's values name, now or when they come."""
        for value in values:
            if not self._reject(value, at, at):
                self._names.setdefault(hash(value), at)
        if len(self._names) > MAX_NAMES:
            message = "Too many rows cannot be attributed to an order; reading stopped here."
            raise Unreadable(row_error(at, None, "too_many_faults", message))

    def resolve(self, below: FileOrder | None) -> bool:
        """Rejects the orders above and below the rows that wait; whether there was one."""
        rows, self._rows = self._rows, None
        if rows is None:
            return True
        beside = {order.number: None for order in (rows.above, below) if order is not None}
        for number in beside:
            self._reject(number, rows.first, rows.last)
        return bool(beside) or rows.apart

    def named(self, number: str) -> int | None:
        """The line of a row whose values name the order, None if there is none."""
        return self._names.get(hash(number)) if self._names else None


def doubt_of(number: str, first: int, last: int) -> tuple[str, str]:
    """Code and sentence of an order to which the rows from line `first` to `last` may belong."""
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    rows = "The row" if first == last else "Rows"
    message = (
        f"{rows} on {lines} may belong to order {shown(number)}, which is left out because a line "
        f"of it may be missing. Mend {lines} and import the file again."
    )
    return "order_in_doubt", message
