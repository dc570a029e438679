"""How a row is read: one value per column, with an error for each value that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.order_import.csv_file.cell_text import BadValue
from models.order_import.csv_file.columns import (
    HEAD,
    LINE,
    OPTIONAL,
    SPECIAL_LINE,
    Reader,
)
from models.order_import.csv_file.header import Header
from models.order_import.csv_file.order import Head, Line
from models.order_import.csv_file.special_rows import special_line
from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.errors import ErrorLog

_HEAD_LEFT_OUT = {name: HEAD[name]("") for name in HEAD if name in OPTIONAL}
(
    _line_number,
    _sku,
    _description,
    _quantity,
    _unit,
    _unit_price,
    _discount_percent,
    _tax_category,
    _tax_percent,
) = LINE.values()


class RowReader:
    """Reads the rows under one header; `at` is the line on which a row begins.

    `unreadable` counts the values that their columns cannot read.
    """

    def __init__(self, header: Header, errors: ErrorLog) -> None:
        self._header = header
        self._errors = errors
        self.unreadable = 0

    def raw_head(self, fields: list[str]) -> tuple[str, ...]:
        """The order's columns as text, as they stand in the file, without those left out."""
        return self._header.head(fields)

    def head(self, at: int, raw_head: Sequence[str]) -> Head | None:
        """The order's columns as values; None when one cannot be read."""
        values = self._values(at, self._header.head_readers, raw_head)
        if values is None:
            return None
        given = dict(zip(self._header.head_readers, values, strict=True))
        return Head(**{**_HEAD_LEFT_OUT, **given})

    def line(self, at: int, fields: list[str]) -> Line | None:
        """The line's columns as values; None when one cannot be read."""
        if self._header.special is not None:
            return self._special_line(at, self._header.special([*fields, ""]))
        raw = self._header.line(fields)
        try:
            return _read_line(raw)
        except BadValue:
            self._values(at, LINE, raw)  # names each value that cannot be read
            return None

    def _special_line(self, at: int, raw: Sequence[str]) -> Line | None:
        """The line of a file with gross prices, allowances or charges."""
        values = self._values(at, SPECIAL_LINE, raw)
        if values is None:
            return None
        line = special_line(dict(zip(SPECIAL_LINE, values, strict=True)))
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
                    self.unreadable += error.code != "missing_value"
                    self._errors.add(at, name, error.code, error.about(name))
            return None


def _read_line(raw: Sequence[str]) -> Line:
    """The line, read without a loop: this is done for each row of a file."""
    return Line(
        _line_number(raw[0]),
        _sku(raw[1]),
        _description(raw[2]),
        _quantity(raw[3]),
        _unit(raw[4]),
        _unit_price(raw[5]),
        _discount_percent(raw[6]),
        _tax_category(raw[7]),
        _tax_percent(raw[8]),
    )
