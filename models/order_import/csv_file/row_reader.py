"""How a row is read: one value per column, with an error for each value that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.order_import.csv_file.cell_text import BadValue
from models.order_import.csv_file.columns import (
    COLUMNS,
    HEAD,
    LINE,
    MAX_ORDER_NUMBER,
    SPECIAL,
    Reader,
    optional_number,
)
from models.order_import.csv_file.errors import ErrorLog
from models.order_import.csv_file.header import Header
from models.order_import.csv_file.order import Head, Line
from models.order_import.csv_file.special_rows import special_line
from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.table_file.cells import is_error
from models.order_import.table_file.records import Damage

# Quantity and price depend on the type of the row.
_SPECIAL_LINE = {
    **LINE,
    "quantity": optional_number,
    "unit_price": optional_number,
    **SPECIAL,
}


class RowReader:
    """Reads the rows under one header; `at` is the line on which a row begins."""

    def __init__(self, header: Header, errors: ErrorLog) -> None:
        self._header = header
        self._errors = errors

    def is_sound(self, at: int, fields: Sequence[str] | Damage, odd_bytes: bool) -> bool:
        """Whether the row has a value for each column, and only valid characters in those that we
        read."""
        if isinstance(fields, Damage):
            self._errors.add(at, None, fields.code, fields.message)
            return False
        if len(fields) != self._header.width:
            message = f"The row has {len(fields)} values for {self._header.width} columns."
            self._errors.add(at, None, "wrong_field_count", message)
            return False
        return not odd_bytes or self._has_valid_characters(at, fields)

    def order_number(self, fields: Sequence[str] | Damage) -> str:
        """The number of the row's order, even from a damaged row; empty if it cannot be read."""
        if isinstance(fields, Damage):
            fields = fields.leading_values()
        position = self._header.order_number
        number = fields[position].strip() if position < len(fields) else ""
        return "" if is_error(number) else number

    def raw_head(self, fields: list[str]) -> tuple[str, ...]:
        """The order's columns as text, as they stand in the file."""
        return self._header.head([*fields, ""])

    def head(self, at: int, raw_head: Sequence[str]) -> Head | None:
        """The order's columns as values; None when one cannot be read."""
        values = self._values(at, HEAD, raw_head)
        return Head(*values) if values else None

    def line(self, at: int, fields: list[str]) -> Line | None:
        """The line's columns as values; None when one cannot be read."""
        if self._header.special is not None:
            return self._special_line(at, self._header.special([*fields, ""]))
        values = self._values(at, LINE, self._header.line(fields))
        return Line(*values) if values else None

    def _special_line(self, at: int, raw: Sequence[str]) -> Line | None:
        """The line of a file with gross prices, allowances or charges."""
        values = self._values(at, _SPECIAL_LINE, raw)
        if values is None:
            return None
        line = special_line(dict(zip(_SPECIAL_LINE, values, strict=True)))
        if isinstance(line, Line):
            return line
        for name, code, message in line:
            self._errors.add(at, name, code, message)
        return None

    def _values(
        self, at: int, readers: Mapping[str, Reader], raw: Sequence[str]
    ) -> list[Any] | None:
        try:
            return [read(value) for read, value in zip(readers.values(), raw, strict=True)]
        except BadValue:
            for (name, read), value in zip(readers.items(), raw, strict=True):
                try:
                    if isinstance(value, ValueProblem):
                        raise BadValue(value.code, value.message) from None
                    read(value)
                except BadValue as error:
                    self._errors.add(at, name, error.code, error.about(name))
            return None

    def _has_valid_characters(self, at: int, fields: Sequence[str]) -> bool:
        before = self._errors.count
        for name, value in zip(self._header.names, fields, strict=True):
            if name not in COLUMNS:
                continue
            if "\0" in value:
                message = "The value contains a NUL character."
                self._errors.add(at, name, "nul_character", message)
            elif not _is_unicode(value):
                self._errors.add(at, name, "not_utf8", "The value is not encoded as UTF-8.")
            elif is_error(value):
                message = f"The cell holds the error {value} instead of a value."
                self._errors.add(at, name, "spreadsheet_error", message)
        return self._errors.count == before


def is_order_number(text: str) -> bool:
    """Whether an order can be stored under this number."""
    return 0 < len(text) <= MAX_ORDER_NUMBER and "\0" not in text and _is_unicode(text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate stands for a byte that is not UTF-8
        return False
    return True
