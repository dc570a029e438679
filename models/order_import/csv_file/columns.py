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
from models.order_import.csv_file.cell_text import BadValue, UnusableKey, code, key, plain, shown
from models.tables.order import ORDER_STATUSES

MAX_ORDER_NUMBER: Final = 100
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
_BAD_NUMBER: Final = "bad_order_number"

Reader = Callable[[str], Any]


def text(limit: int) -> Reader:
    """Clean text of at most `limit` characters; may be empty."""

    def read(value: str) -> str:
        value = plain(value)
        if len(value) > limit:
            raise _too_long(value, limit)
        return value

    return read


def code_text(limit: int) -> Reader:
    """Like `text`, for a number or code: no apostrophe at its beginning belongs to it."""

    def read(value: str) -> str:
        value = code(value)
        if len(value) > limit:
            raise _too_long(value, limit)
        return value

    return read


def key_text(limit: int) -> Reader:
    """A number that identifies something, of at most `limit` characters; may be empty."""

    def read(value: str) -> str:
        value = key(value)
        if len(value) > limit:
            raise _too_long(value, limit)
        return value

    return read


def _too_long(value: str, limit: int) -> BadValue:
    message = f"The value has {len(value)} characters; at most {limit} are allowed."
    return BadValue("value_too_long", message)


def required(read: Reader) -> Reader:
    """Like `read`, but a value is required."""

    def read_given(value: str) -> Any:
        if not plain(value):
            raise BadValue("missing_value", "The value is missing.")
        return read(value)

    return read_given


_unit = text(20)


def optional(read: Reader) -> Reader:
    """Like `read`, with None for an empty value."""
    return lambda value: read(value) or None


def calendar_date(value: str) -> date:
    """A date as YYYY-MM-DD (ISO 8601)."""
    try:
        if _DATE(value := plain(value)):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadValue("bad_date", f"{shown(value)} is not a date such as 2026-01-31.")


def number(value: str) -> str:
    """A decimal number as plain digits: at most 12 before the point and 6 after it."""
    if _PLAIN(value):
        return value
    value = plain(value)
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
    return lambda value: number(value) if plain(value) else default


def optional_number(value: str) -> str | None:
    """Like `number`, with None for an empty value."""
    return number_or("")(value) or None


def order_number(value: str) -> str:
    """The number of an order, from a value that is not empty; refuses what is none for sure."""
    number = key(value)
    if not number:
        raise BadValue(_BAD_NUMBER, "The order number is missing.")
    if '"' in number:
        message = "The order number has a quotation mark: the quotes of its row are damaged."
        raise BadValue(_BAD_NUMBER, message)
    if len(number) > MAX_ORDER_NUMBER:
        message = f"The order number has more than {MAX_ORDER_NUMBER} characters."
        raise UnusableKey(_BAD_NUMBER, message)
    return number


def line_number(value: str) -> int:
    """A whole number, from 0 to the largest that the database column holds."""
    value = plain(value)
    if not _DIGITS(value) or int(value) > MAX_LINE_NUMBER:
        raise BadValue(
            "bad_line_number",
            f"{shown(value)} is not a whole number between 0 and {MAX_LINE_NUMBER}.",
        )
    return int(value)


def letters(error: str, pattern: str, example: str) -> Reader:
    """A code in capital letters, known or not, or an empty text; small letters become capitals."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def read(value: str) -> str:
        value = plain(value)
        capitals = value.upper()
        # The capitals of ß and of some ligatures are two letters.
        if value.isascii() and (matches(capitals) or not capitals):
            return capitals
        raise BadValue(error, f"{shown(value)} is not a code such as {example}.")

    return read


def status(value: str) -> str:
    """A status that an order can be imported with; an empty value means confirmed."""
    value = plain(value).lower()
    if value and value not in FILE_STATUSES:
        raise BadValue(
            "unknown_status", f"{shown(value)} is not one of {', '.join(FILE_STATUSES)}."
        )
    return value or "confirmed"


def row_type(value: str) -> str:
    """What a row adds to its order; an empty value means a line."""
    value = plain(value).lower()
    if value and value not in ROW_TYPES:
        raise BadValue("unknown_row_type", f"{shown(value)} is not one of {', '.join(ROW_TYPES)}.")
    return value or ROW_TYPES[0]


def unit(value: str) -> str:
    """A code of UN/ECE recommendation 20 or 21, or a word that means one, such as Stk or hour.

    An empty value means C62, a piece. Anything else is stored as it is; `validate` refuses it.
    """
    given = _unit(value)
    return (unit_code(given) or given) if given else DEFAULT_UNIT


# Values repeat, so caching the latest of each column halves the time to read a file.
_cached = lru_cache(maxsize=1_000)

# The columns of the order and its customer, the same on all of its rows.
HEAD: Final[Mapping[str, Reader]] = {
    "order_date": _cached(required(calendar_date)),
    "customer_number": required(key_text(100)),
    "customer_name": text(300),
    "customer_email": optional(text(320)),
    "street": text(300),
    "city": text(200),
    "postal_code": code_text(50),
    "country": _cached(letters("bad_country", "[A-Z]{2}", "DE (ISO 3166-1 alpha-2)")),
    "vat_id": optional(code_text(50)),
    "currency": _cached(letters("bad_currency", "[A-Z]{3}", "EUR (ISO 4217)")),
    "status": _cached(status),
    "expected_gross": _cached(optional_number),
}

LINE: Final[Mapping[str, Reader]] = {
    "line_number": _cached(required(line_number)),
    "sku": code_text(200),
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

# Quantity and price depend on the type of the row.
SPECIAL_LINE: Final[Mapping[str, Reader]] = {
    **LINE,
    "quantity": optional_number,
    "unit_price": optional_number,
    **SPECIAL,
}

ORDER_NUMBER: Final = "order_number"
OPTIONAL: Final = frozenset({"status", "expected_gross", *SPECIAL})
READERS: Final[Mapping[str, Reader]] = {ORDER_NUMBER: order_number, **HEAD, **LINE, **SPECIAL}
COLUMNS: Final = tuple(READERS)
