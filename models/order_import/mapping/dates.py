"""Dates as people and programs write them: 27.11.2026, 11/27/2026, 20261127, Nov 27, 2026.

Pure: text in, ISO 8601 out. A time of day is ignored, and so is its zone: the order's day is the
day that was written.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, Literal

from models.order_import.mapping.month_names import month_number

DateOrder = Literal["y-m-d", "d.m.y", "m/d/y"]
ORDERS: Final[tuple[DateOrder, ...]] = ("y-m-d", "d.m.y", "m/d/y")
DateWay = Literal["y-m-d", "d.m.y", "m/d/y", "serial"]
"""How a column of dates is written: in an order of day, month and year, or as Excel counts days."""

_LONGEST: Final = 80
_ZONE: Final = (
    r"(?:\s*(?:Z|[A-Z]{2,5}|(?:GMT|UTC)?[+-]\d{2}(?::?\d{2})?)"
    r"(?:\s?(?:\[[\w/+-]+\]|\([\w .-]+\)))?)?"
)
_TIME: Final = (
    r"(?:(?:T|,?\s+(?:at\s+|um\s+)?)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?"
    rf"(?:\s*[AaPp]\.?\s?[Mm]\.?|\s+Uhr)?{_ZONE})?"
)
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT: Final = re.compile(rf"(\d{{4}})(\d\d)(\d\d){_TIME}", re.ASCII)
_YEAR_LAST: Final = re.compile(
    rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d\d){_TIME}", re.ASCII
)
_WEEKDAY: Final = (
    r"(?:(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tue|Wed|Thu|Fri|Sat|Sun|"
    r"(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend|Mo|Di|Mi|Do|Fr|Sa|So)"
    r"\.?,?\s+)?"
)
_MONTH: Final = r"(?P<month>[A-Za-zÄä]{3,9})\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_GAP: Final = r"(?:\s+|\s?[-/]\s?)"
_NAMED: Final = tuple(
    re.compile(pattern + _TIME, re.ASCII)
    for pattern in (
        rf"{_WEEKDAY}{_DAY}(?:{_GAP}(?:of\s)?|(?<=\.)){_MONTH},?{_GAP}(?P<year>\d{{4}}|\d\d)",
        rf"{_WEEKDAY}{_MONTH}{_GAP}{_DAY}(?:,\s?|{_GAP})(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}}){_GAP}{_MONTH}{_GAP}{_DAY}",
    )
)
_STANDARD: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,]\d{1,15})?", re.ASCII).fullmatch
# Excel counts from 1900 and has a 29 February of that year, so its day 60 and later are these.
_DAY_ZERO: Final = date(1899, 12, 30)
_SERIAL_YEARS: Final = range(1990, 2100)


def read_date(text: str) -> dict[DateWay, str]:
    """Every reading of `text`, by the order of day, month and year; empty if it is no date.

    With points the day comes first. A year of two digits is one of this century. With the month's
    name the reading is the same in every order.
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
    return _with_month_s_name(text)


def read_serial(text: str) -> str | None:
    """The day that a spreadsheet keeps as this number, in the system that begins in 1900.

    None if it is no such number, or of no year in which orders are invoiced. Any other number of
    five digits looks alike, so this counts only for a column that holds nothing else.
    """
    found = _SERIAL(text.strip())
    if found is None:
        return None
    day = _DAY_ZERO + timedelta(days=int(found[1]))
    return day.isoformat() if day.year in _SERIAL_YEARS else None


def is_standard(text: str) -> bool:
    """Whether `text` is YYYY-MM-DD, or empty."""
    return not text or _STANDARD(text) is not None or text.isspace()


def date_order(text: str) -> DateOrder | None:
    """The order that a user names as d.m.y, d/m/y, m-d-y and the like; None for no order."""
    letters = "".join(filter(str.isalpha, text.lower()))
    return {"ymd": ORDERS[0], "dmy": ORDERS[1], "mdy": ORDERS[2]}.get(letters)


def _with_month_s_name(text: str) -> dict[DateWay, str]:
    for pattern in _NAMED:
        found = pattern.fullmatch(text)
        month = month_number(found["month"]) if found else None
        if found and month:
            parts = found["year"], str(month), found["day"]
            return _readings(dict.fromkeys(ORDERS, parts))
    return {}


def _readings(parts: dict[DateOrder, tuple[str, str, str]]) -> dict[DateWay, str]:
    readings: dict[DateWay, str] = {}
    for order, (year, month, day) in parts.items():
        whole_year = int(year) + (2000 if len(year) == 2 else 0)
        try:
            readings[order] = date(whole_year, int(month), int(day)).isoformat()
        except ValueError:
            continue
    return readings
