"""An order's values, and in which of them two states of it differ.

Line ends inside values are no difference: programs convert them on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.value_text import value_text

BUYER: Final = ("name", "email", "street", "city", "postal_code", "country", "vat_id")
"""What an order says of its buyer, in the order of `Head`."""
BUYER_FIELDS: Final = tuple(f"customer.{name}" for name in BUYER)
CUSTOMER_NUMBER: Final = "customer_number"
# The fields of `statements.comparable_head` and, after its number, of `statements.comparable`.
HEAD_FIELDS: Final = ("order_date", CUSTOMER_NUMBER, *BUYER_FIELDS, "currency", "expected_gross")
LINE_FIELDS: Final = (
    "sku",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "tax_category",
    "tax_percent",
    "row_type",
    "unit_price_gross",
)

Lines = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A value before and after, as text; None where there was or is no such line or value.

    `what` is a path as in findings: `order_date`, `customer.street`, `lines[3].unit`, and
    `lines[3]` for a line that is added or removed.
    """

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """An order's values, comparable: those of `HEAD_FIELDS`, its status, and its lines, which
    begin with their numbers and are sorted by them."""

    head: tuple[Any, ...]
    status: str
    lines: Lines

    @property
    def customer_number(self) -> str:
        """The number of the order's customer."""
        return str(self.head[HEAD_FIELDS.index(CUSTOMER_NUMBER)])

    @property
    def currency(self) -> str:
        """The order's currency."""
        return str(self.head[HEAD_FIELDS.index("currency")])


def find_differences(stored: Content, given: Content) -> list[Difference]:
    """The values in which the order of a file differs from the stored one.

    A file cannot say that an order is invoiced.
    """
    if stored == given:
        return []
    found = list(compare(HEAD_FIELDS, stored.head, given.head))
    if stored.status not in (given.status, "invoiced"):
        found.append(Difference("status", stored.status, given.status))
    return [*found, *_of_lines(stored.lines, given.lines)]


def compare(
    fields: Sequence[str], before: Sequence[Any], after: Sequence[Any], path: str = ""
) -> Iterator[Difference]:
    """The fields whose values differ."""
    for name, old, new in zip(fields, before, after, strict=True):
        if old != new and _one_line_end(old) != _one_line_end(new):
            yield Difference(f"{path}{name}", value_text(old), value_text(new))


def _one_line_end(value: Any) -> Any:
    if isinstance(value, str) and "\r" in value:
        return value.replace("\r\n", "\n").replace("\r", "\n")
    return value


def _of_lines(before: Lines, after: Lines) -> Iterator[Difference]:
    if before == after:
        return
    old, new = ({line[0]: line[1:] for line in lines} for lines in (before, after))
    for number in sorted(old.keys() | new.keys()):
        path = f"lines[{number}]"
        if number in old and number in new:
            yield from compare(LINE_FIELDS, old[number], new[number], f"{path}.")
        else:
            yield Difference(path, _line(old.get(number)), _line(new.get(number)))


def _line(values: Sequence[Any] | None) -> str | None:
    if values is None:
        return None
    line = dict(zip(LINE_FIELDS, values, strict=True))
    price = value_text(line["unit_price"])
    name = line["description"] or line["sku"]
    return f"{value_text(line['quantity'])} {line['unit']} {name} at {price}"
