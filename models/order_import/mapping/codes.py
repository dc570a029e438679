"""Codes for what people write instead: the names of countries, the signs of currencies."""

from __future__ import annotations

from typing import Final

from models.order_import.mapping.country_names import country_code

CODES: Final = ("country", "currency")
"""The columns whose values may be names or signs."""
_CURRENCY_SIGNS: Final = {"€": "EUR", "£": "GBP", "EURO": "EUR"}


def code_of(name: str, value: str) -> str:
    """The code that a value of our column `name` means; another value as it is."""
    if name == "country":
        return country_code(value)
    if name == "currency":
        return _CURRENCY_SIGNS.get(value.strip().upper(), value)
    return value
