"""Dates as people and programs write them: 27.11.2026, 11/27/2026, 20261127.

Pure: text in, ISO 8601 out. A time of day is ignored: the order's day is the day that was written.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

DateOrder = Literal["y-m-d", "d.m.y", "m/d/y"]
ORDERS: Final[tuple[DateOrder, ...]] = ("y-m-d", "d.m.y", "m/d/y")

_LONGEST: Final = 60
_TIME: Final = (
    r"(?:(?:T|,?\s+)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?"
    r"(?:\s*[AaPp]\.?\s?[Mm]\.?)?(?:\s*(?:Z|[A-Z]{2,5}|[+-]\d{2}:?\d{2}))?)?"
)
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT: Final = re.compile(rf"(\d{{4}})(\d\d)(\d\d){_TIME}", re.ASCII)
_YEAR_LAST: Final = re.compile(
    rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d\d){_TIME}", re.ASCII
)
_STANDARD: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch


def read_date(text: str) -> dict[DateOrder, str]:
    """Every reading of `text`, by the order of day, month and year; empty if it is no date.

    With points the day comes first. A year of two digits is one of this century.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return {}
    if found := _YEAR_FIRST.fullmatch(text):
        return _readings({"y-m-d": (found[1], found[3], found[4])})
    if found := _COMPACT.fullmatch(text):
        return _readings({"y-m-d": (found[1], found[2], found[3])})
    if found := _YEAR_LAST.fullmatch(text):
        first, separator, second, year = found.groups()
        readings: dict[DateOrder, tuple[str, str, str]] = {"d.m.y": (year, second, first)}
        if separator != ".":
            readings["m/d/y"] = (year, first, second)
        return _readings(readings)
    return {}


def is_standard(text: str) -> bool:
    """Whether `text` is YYYY-MM-DD, or empty."""
    return not text or _STANDARD(text) is not None or text.isspace()


def date_order(text: str) -> DateOrder | None:
    """The order that a user names as d.m.y, d/m/y, m-d-y and the like; None for no order."""
    letters = "".join(filter(str.isalpha, text.lower()))
    return {"ymd": ORDERS[0], "dmy": ORDERS[1], "mdy": ORDERS[2]}.get(letters)


def _readings(parts: dict[DateOrder, tuple[str, str, str]]) -> dict[DateOrder, str]:
    readings: dict[DateOrder, str] = {}
    for order, (year, month, day) in parts.items():
        whole_year = int(year) + (2000 if len(year) == 2 else 0)
        try:
            readings[order] = date(whole_year, int(month), int(day)).isoformat()
        except ValueError:
            continue
    return readings
