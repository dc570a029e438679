"""Which order a row belongs to, if that is certain.

A row that has the right number of values says it itself. A damaged row, and one with too many or
too few values, is read from both ends: its number is certain if the damage must be elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from models.order_import.csv_file.cell_text import BadValue, UnusableKey, plain
from models.order_import.csv_file.columns import (
    ORDER_NUMBER,
    READERS,
    SPECIAL_LINE,
    Reader,
    order_number,
)
from models.order_import.csv_file.header import Header
from models.order_import.errors import ErrorLog, values_for_columns
from models.order_import.table_file.records import Damage

# A number that was damaged: nobody can say how it read.
_ILLEGIBLE: Final = frozenset({"not_utf8", "nul_character"})
# The values of the other columns are numbers, dates and codes; they name no order.
_TEXTS: Final = frozenset(
    (
        "customer_number",
        "customer_name",
        "customer_email",
        "street",
        "city",
        "postal_code",
        "vat_id",
        "sku",
        "description",
        "reason",
    )
)
# As many unreadable values in a row, and its values do not stand in their columns.
MISPLACED: Final = 3
# What may have stood between two values that were one: nothing, a point, a letter.
_MARKS: Final = ("", ".", "x")


class Attribution(NamedTuple):
    """The order of a row: `number`, if it is certain; the row is `sound` if its values can be read.

    A row with a number that cannot be stored counts as an order of its own, `unusable`; it is
    `apart` if it cannot be a row of another order. `values` may name its order otherwise.
    If it is `broken_off` within its number, the row below may be the rest of it.
    """

    number: str = ""
    sound: bool = False
    unusable: str = ""
    apart: bool = False
    values: tuple[str, ...] = ()
    blank: bool = False
    broken_off: bool = False


class Attributor:
    """Finds the order of a row under one header, and logs what is wrong with the row."""

    def __init__(self, header: Header, errors: ErrorLog) -> None:
        readers = READERS if header.special is None else {**READERS, **SPECIAL_LINE}
        self._columns: list[Reader | None] = [readers.get(name) for name in header.names]
        self._header = header
        self._errors = errors

    def attribute(self, at: int, fields: list[str] | Damage) -> Attribution:
        """The order of the row that begins on line `at`."""
        if isinstance(fields, Damage):
            return self._of_damaged(at, fields)
        if len(fields) != self._header.width and not self._cut_surplus(fields):
            return self._of_misfit(at, fields)
        try:
            return Attribution(order_number(fields[self._header.order_number]), sound=True)
        except BadValue as bad:
            return self._without_number(at, fields, bad)

    def misplaced(self, fields: Sequence[str]) -> Attribution:
        """A row with a number, but with so many unreadable values that it may be another's."""
        return Attribution(values=_keys(fields))

    def _without_number(self, at: int, fields: Sequence[str], bad: BadValue) -> Attribution:
        if not any(map(_is_visible, fields)):
            return Attribution(blank=True)
        self._errors.add(at, ORDER_NUMBER, bad.code, bad.about(ORDER_NUMBER))
        raw = fields[self._header.order_number]
        legible = raw.strip() and bad.code not in _ILLEGIBLE
        return Attribution(
            unusable=raw if legible else "",
            apart=isinstance(bad, UnusableKey),
            values=_keys(
                value
                for name, value in zip(self._header.names, fields, strict=True)
                if name in _TEXTS or name not in READERS
            ),
        )

    def _of_damaged(self, at: int, damage: Damage) -> Attribution:
        self._errors.add(at, None, damage.code, damage.message)
        tokens = damage.text.replace('"', "").split(damage.separator)
        before = damage.leading_values()
        position = self._header.order_number
        # So long a line holds the next row, too.
        if position < len(before) and len(tokens) < 2 * self._header.width - 1:
            try:
                return Attribution(order_number(before[position]))
            except BadValue:
                pass
        return Attribution(values=_keys(tokens))

    def _of_misfit(self, at: int, fields: list[str]) -> Attribution:
        message = values_for_columns(len(fields), self._header.width)
        self._errors.add(at, None, "wrong_field_count", message)
        try:
            return Attribution(order_number(self._certain_number(fields)))
        except BadValue:
            broken_off = len(fields) <= self._header.order_number + 1
            return Attribution(values=_keys(fields), broken_off=broken_off)

    def _certain_number(self, fields: Sequence[str]) -> str:
        """The order number of a row with too many or too few values; empty if it is not certain.

        One column has become several, or several have become one. It can be each column up to which
        the values fit from the left, and after which they fit from the right.
        """
        width, position = self._header.width, self._header.order_number
        missing = width - len(fields)
        if -missing >= width - 1:  # the line holds the next row, too
            return ""
        shorter = min(width, len(fields)) - 1
        last = min(_fitting(self._columns, fields), shorter)
        first = max(0, shorter - _fitting(self._columns[::-1], fields[::-1]))
        if first > last:
            return ""
        if position < first:
            return fields[position]
        if position > last + max(missing, 0):
            return fields[position - missing]
        return ""

    def _cut_surplus(self, fields: list[str]) -> bool:
        """Cuts off empty values beyond the last column, if they cannot be the row's own.

        A separator too many moves the values behind it; the last, if empty, then looks surplus.
        """
        width = self._header.width
        if len(fields) <= width or any(map(_is_visible, fields[width:])):
            return False
        if len(fields) == width + 1 and self._may_be_moved(fields):
            return False
        del fields[width:]
        return True

    def _may_be_moved(self, fields: Sequence[str]) -> bool:
        width = self._header.width
        last = min(_fitting(self._columns, fields), width - 2)
        first = max(0, width - 1 - _fitting(self._columns[::-1], fields[::-1]))
        return any(
            any(fields[at : at + 2])
            and any(_fits(self._columns[at], mark.join(fields[at : at + 2])) for mark in _MARKS)
            for at in range(first, last + 1)
        )


def _fitting(columns: Sequence[Reader | None], fields: Sequence[str]) -> int:
    """How many values, from the first on, can be read by their columns."""
    count = 0
    for column, value in zip(columns, fields, strict=False):
        if not _fits(column, value):
            break
        count += 1
    return count


def _fits(column: Reader | None, value: str) -> bool:
    try:
        if column is not None:
            column(value)
    except BadValue:
        return False
    return True


def _is_visible(value: str) -> bool:
    try:
        return bool(plain(value))
    except BadValue:
        return True


def _keys(values: Iterable[str]) -> tuple[str, ...]:
    """The values as order numbers, as far as they can be."""
    keys: dict[str, None] = {}
    for value in values:
        try:
            keys[order_number(value)] = None
        except BadValue:
            continue
    return tuple(keys)
