"""What a cell of a spreadsheet holds, as the text that it would be in a CSV file."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from models.value_text import plain_number

# Of Excel and LibreOffice, in English and German.
_ERROR = re.compile(
    r"#(?:ERROR|REF|BEZUG|VALUE|WERT|DIV/0|NULL|NUM|ZAHL|SPILL|CALC|FIELD|BLOCKED|CONNECT)!"
    r"|#NAME\?|#N/A|#NV|Err:\d+"
).fullmatch

# For an error whose name its file's reader does not tell.
UNNAMED_ERROR: Final = "#ERROR!"


class CellNumber(str):
    """A number that a cell holds as such: its point separates decimals, whatever texts mean."""

    __slots__ = ()


Value = str | bool | int | float | date | datetime | time | timedelta


def cell_text(value: Value, is_percentage: bool = False) -> str:
    """The text of a value: dates as in ISO 8601, numbers as they are shown, without an exponent.

    A spreadsheet keeps 19 % as 0.19; the text is 19.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, is_percentage)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(value) if isinstance(value, timedelta) else value.isoformat()


def _number(value: float, is_percentage: bool) -> CellNumber:
    """The number with the 15 digits that a spreadsheet keeps: 0.1 + 0.2 is 0.3."""
    if not is_percentage and value.is_integer() and abs(value) < 1e15:
        return CellNumber(int(value))
    exact = Decimal(f"{value:.15g}") * (100 if is_percentage else 1)
    return CellNumber(plain_number(exact))


def is_error(text: str) -> bool:
    """Whether it is what a spreadsheet shows for a formula that failed."""
    return text.startswith(("#", "Err:")) and _ERROR(text) is not None
