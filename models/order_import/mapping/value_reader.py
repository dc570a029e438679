"""Rewrites the numbers and dates of a row in the standard way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.mapping.column_evidence import date_readings, may_stand_beside, unwrapped
from models.order_import.mapping.dates import DateWay
from models.order_import.mapping.numbers import DecimalMark, currencies_beside, is_standard, written
from models.order_import.table_file.cells import CellNumber


@dataclass(frozen=True, slots=True)
class NumberReader:
    """Reads the numbers of a column; `beside` as in `number_readings`."""

    mark: DecimalMark
    beside: str

    def read(self, value: str) -> tuple[str, str]:
        """The number as plain digits and the sign beside it.

        A text that is no number in this convention stays as it is, for the row reader to refuse. A
        number of a cell has no convention.
        """
        if isinstance(value, CellNumber):
            return value, ""
        parts = written(unwrapped(value))
        if parts is None or not may_stand_beside(parts.beside, self.beside):
            return value, ""
        digits = parts.read(self.mark)
        if digits is None:
            if not is_standard(value):
                return value, ""
            message = f"{shown(value)} is not a number with a decimal {self.mark}."
            return ValueProblem(value, "not_a_number", message), ""
        return digits, parts.beside


@dataclass(frozen=True, slots=True)
class DateReader:
    """Reads the dates of a column."""

    way: DateWay

    def read(self, value: str) -> str:
        """The date in ISO 8601; a text that is no date in this way stays as it is.

        A date with its year first has one reading only, whatever the others look like.
        """
        readings = date_readings(unwrapped(value))
        return readings.get(self.way) or readings.get("y-m-d") or value


@dataclass(frozen=True, slots=True)
class RowValues:
    """Reads the values of a row by their positions.

    `currency` is that of the currency's column, `default_currency` that of rows which name none.
    """

    numbers: Mapping[int, NumberReader]
    dates: Mapping[int, DateReader]
    currency: int | None
    default_currency: str

    def rewrite(self, fields: list[str]) -> None:
        """Rewrites the row in place.

        A sign of currency beside a number fills an empty currency. A number in another currency
        than its row's is left to be refused.
        """
        for position, dates in self.dates.items():
            if position < len(fields):
                fields[position] = dates.read(fields[position])
        for position, numbers in self.numbers.items():
            if position < len(fields) and fields[position]:
                plain, sign = numbers.read(fields[position])
                if self._agrees(sign, fields):
                    fields[position] = plain

    def _agrees(self, sign: str, fields: list[str]) -> bool:
        possible = currencies_beside(sign)
        if not possible:
            return True
        at = self.currency
        if at is None or at >= len(fields):
            return False
        stated = fields[at].strip().upper()
        if not stated and len(possible) == 1:
            (fields[at],) = possible
            return True
        return (stated or self.default_currency) in possible
