"""What differs between two states of an order, value by value, for the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, NamedTuple

from models.invoicing.source import Party, SourceLine, SourceOrder
from models.orders.mending.values import BUYER, OWN
from models.value_text import value_text

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
            yield Difference(f"{path}{name}", value_text(old), value_text(new))


def as_dicts(found: list[Difference]) -> list[Mapping[str, Any]]:
    """The differences as the audit log stores them."""
    return [each._asdict() for each in found]
