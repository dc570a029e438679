"""The columns of an orders file: what each may hold, and how its text becomes a value.

A column refuses only what cannot be stored. A business flaw (a quantity of 0, an unknown currency,
an empty street) passes; `models/invoicing/validation.py` finds it before the order is invoiced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from models.invoicing.units import unit_code
from models.tables.order import ORDER_STATUSES

MAX_INTEGER_DIGITS: Final = 12
MAX_DECIMALS: Final = 6
MAX_LINE_NUMBER: Final = 2**31 - 1
DEFAULT_UNIT: Final = "C62"
ROW_TYPES: Final = ("line", "allowance", "charge")
FILE_STATUSES: Final = tuple(status for status in ORDER_STATUSES if status != "invoiced")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_PLAIN = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII).fullmatch
_NUMBER = re.compile(r"([+-]?)0*(\d*)(?:\.(\d*?)0*)?", re.ASCII).fullmatch
_DIGITS = re.compile(r"\d{1,20}", re.ASCII).fullmatch
_LONGEST_NUMBER = 100

Reader = Callable[[str], Any]


class BadValue(Exception):
    """A value that its column cannot hold; the message is a sentence for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def shown(value: str) -> str:
    """`value` in quotation marks, shortened so that a message fits on one line."""
    line = " ".join(value.split())
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"


def text(limit: int) -> Reader:
    """Text of at most `limit` characters, without surrounding space; may be empty."""

    def read(value: str) -> str:
        value = value.strip()
        if len(value) > limit:
            raise BadValue(
                "value_too_long",
                f"The value has {len(value)} characters; at most {limit} are allowed.",
            )
        return value

    return read


def required(read: Reader) -> Reader:
    """Like `read`, but a value is required."""

    def read_given(value: str) -> Any:
        if not value or value.isspace():
            raise BadValue("missing_value", "The value is missing.")
        return read(value)

    return read_given


_unit = text(20)


def optional_text(limit: int) -> Reader:
    """Like `text`, with None for an empty value."""
    read = text(limit)
    return lambda value: read(value) or None


def calendar_date(value: str) -> date:
    """A date as YYYY-MM-DD (ISO 8601)."""
    try:
        if _DATE(value := value.strip()):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadValue("bad_date", f"{shown(value)} is not a date such as 2026-01-31.")


def number(value: str) -> str:
    """A decimal number as plain digits: at most 12 before the point and 6 after it."""
    if _PLAIN(value):
        return value
    value = value.strip()
    found = _NUMBER(value) if len(value) <= _LONGEST_NUMBER else None
    if found is None or not any(map(str.isdigit, value)):
        raise BadValue(
            "not_a_number", f"{shown(value)} is not a number such as 1250.5 (with a point)."
        )
    sign, integer, decimals = found[1], found[2], found[3] or ""
    if len(integer) > MAX_INTEGER_DIGITS:
        raise BadValue(
            "number_too_large",
            f"{shown(value)} has more than {MAX_INTEGER_DIGITS} digits before the point.",
        )
    if len(decimals) > MAX_DECIMALS:
        raise BadValue(
            "too_many_decimals",
            f"{shown(value)} has more than {MAX_DECIMALS} digits after the point.",
        )
    return f"{sign.strip('+')}{integer or '0'}" + (f".{decimals}" if decimals else "")


def number_or(default: str) -> Reader:
    """Like `number`, with `default` for an empty value."""
    return lambda value: number(value) if value and not value.isspace() else default


def optional_number(value: str) -> str | None:
    """Like `number`, with None for an empty value."""
    return number_or("")(value) or None


def line_number(value: str) -> int:
    """A whole number, from 0 to the largest that the database column holds."""
    value = value.strip()
    if not _DIGITS(value) or int(value) > MAX_LINE_NUMBER:
        raise BadValue(
            "bad_line_number",
            f"{shown(value)} is not a whole number between 0 and {MAX_LINE_NUMBER}.",
        )
    return int(value)


def letters(code: str, pattern: str, example: str) -> Reader:
    """A code in capital letters, known or not, or an empty text; small letters become capitals."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def read(value: str) -> str:
        capitals = value.strip().upper()
        # The capitals of ß and of some ligatures are two letters.
        if value.isascii() and (matches(capitals) or not capitals):
            return capitals
        raise BadValue(code, f"{shown(value)} is not a code such as {example}.")

    return read


def status(value: str) -> str:
    """A status that an order can be imported with; an empty value means confirmed."""
    value = value.strip().lower()
    if value and value not in FILE_STATUSES:
        raise BadValue(
            "unknown_status", f"{shown(value)} is not one of {', '.join(FILE_STATUSES)}."
        )
    return value or "confirmed"


def row_type(value: str) -> str:
    """What a row adds to its order; an empty value means a line."""
    value = value.strip().lower()
    if value and value not in ROW_TYPES:
        raise BadValue("unknown_row_type", f"{shown(value)} is not one of {', '.join(ROW_TYPES)}.")
    return value or ROW_TYPES[0]


def unit(value: str) -> str:
    """A code of UN/ECE recommendation 20 or 21, or a word that means one, such as Stk or hour.

    An empty value means C62, a piece. Anything else is stored as it is; `validate` refuses it.
    """
    given = _unit(value)
    return (unit_code(given) or given) if given else DEFAULT_UNIT


# The columns of the order and its customer, the same on all of its rows.
HEAD: Final[Mapping[str, Reader]] = {
    "order_date": required(calendar_date),
    "customer_number": required(text(100)),
    "customer_name": text(300),
    "customer_email": optional_text(320),
    "street": text(300),
    "city": text(200),
    "postal_code": text(50),
    "country": letters("bad_country", "[A-Z]{2}", "DE (ISO 3166-1 alpha-2)"),
    "vat_id": optional_text(50),
    "currency": letters("bad_currency", "[A-Z]{3}", "EUR (ISO 4217)"),
    "status": status,
    "expected_gross": optional_number,
}

# Values of lines repeat, so caching the latest of each column halves the time to read a file.
_cached = lru_cache(maxsize=1_000)

LINE: Final[Mapping[str, Reader]] = {
    "line_number": _cached(required(line_number)),
    "sku": text(200),
    "description": text(2_000),
    "quantity": _cached(required(number)),
    "unit": _cached(unit),
    "unit_price": _cached(required(number)),
    "discount_percent": _cached(number_or("0")),
    "tax_category": _cached(letters("bad_tax_category", "[A-Z]{1,3}", "S (UNCL 5305)")),
    "tax_percent": _cached(number_or("")),
}

# Columns of a file with gross prices, or with allowances and charges of the whole order
# (EN 16931 BG-20 and BG-21).
SPECIAL: Final[Mapping[str, Reader]] = {
    "row_type": row_type,
    "unit_price_gross": optional_number,
    "amount": optional_number,
    "reason": text(2_000),
}

ORDER_NUMBER: Final = "order_number"
MAX_ORDER_NUMBER: Final = 100
OPTIONAL: Final = frozenset({"status", "expected_gross", *SPECIAL})
COLUMNS: Final = (ORDER_NUMBER, *HEAD, *LINE, *SPECIAL)
