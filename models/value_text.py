"""Values of orders and customers as text, as the audit log and the reports of imports have them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def value_text(value: object) -> str | None:
    """A value as people write it: 0.5 for 0.500000, 2026-01-31 for a date; None stays None.

    An import compares such texts to find what a person has mended, so they must not change.
    """
    if isinstance(value, Decimal) and value.is_finite():
        return plain_number(value)
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def plain_number(value: Decimal) -> str:
    """The digits of a finite number, without an exponent and without zeros behind the last one."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
