"""What differs between two states of an order, value by value, for the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from models.invoicing.source import Party, SourceLine, SourceOrder
from models.orders.mending.values import BUYER, OWN

_OF_LINE: Final = tuple(each.name for each in fields(SourceLine) if each.name != "line_number")


class Difference(NamedTuple):
    """One value before and after, as text; None where there was or is no such line or value.

    `field` is a path as in findings: `order_date`, `customer.street`, `lines[3].unit`.
    """

    field: str
    old: str | None
    new: str | None


def differences(before: SourceOrder, after: SourceOrder) -> list[Difference]:
    """Every value that differs: the order's own first, then the buyer's, then the lines'."""
    return [
        *_compared("", OWN, before, after),
        *differences_of_party(before.buyer, after.buyer),
        *_of_lines(before, after),
    ]


def differences_of_party(before: Party, after: Party) -> list[Difference]:
    """The values of a buyer that differ."""
    return list(_compared("customer.", tuple(BUYER), before, after))


def as_text(value: object) -> str | None:
    """A value as people write it: 0.5 for 0.500000, 2026-01-31 for a date."""
    if isinstance(value, Decimal) and value.is_finite():
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _of_lines(before: SourceOrder, after: SourceOrder) -> Iterator[Difference]:
    if before.lines == after.lines:
        return
    old = {line.line_number: line for line in before.lines}
    new = {line.line_number: line for line in after.lines}
    for number in sorted(old.keys() | new.keys()):
        yield from _compared(f"lines[{number}].", _OF_LINE, old.get(number), new.get(number))


def _compared(
    path: str, names: tuple[str, ...], before: object, after: object
) -> Iterator[Difference]:
    if before == after:
        return
    for name in names:
        old, new = getattr(before, name, None), getattr(after, name, None)
        if old != new:
            yield Difference(f"{path}{name}", as_text(old), as_text(new))


def as_dicts(found: list[Difference]) -> list[Mapping[str, Any]]:
    """The differences as the audit log stores them."""
    return [each._asdict() for each in found]
