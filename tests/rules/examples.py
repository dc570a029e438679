"""A valid order, which tests make invalid one field at a time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.invoicing.source import Party, Seller, SourceLine, SourceOrder

BUYER = Party("Alfreds Futterkiste", "Obere Str. 57", "Berlin", "12209", "DE", "DE129273398")
TODAY = date(2026, 7, 10)
SELLER = Seller(Party("Nordwind GmbH", "Am Kai 1", "Hamburg", "20457", "DE", "DE811193231"), 30)

_LINE = SourceLine(
    line_number=1,
    sku="11",
    description="Queso Cabrales",
    quantity=Decimal("12"),
    unit="C62",
    unit_price=Decimal("14.00"),
    discount_percent=Decimal("0"),
    tax_category="S",
    tax_percent=Decimal("19"),
)

_ORDER = SourceOrder(
    id=1,
    order_number="10248",
    order_date=date(2026, 7, 4),
    status="confirmed",
    currency="EUR",
    customer_id=1,
    buyer=BUYER,
    payment_days=None,
    lines=(_LINE,),
)

_NUMBERS = ("quantity", "unit_price", "discount_percent", "tax_percent", "unit_price_gross")


def line(**changes: Any) -> SourceLine:
    """A line that can be invoiced, but for `changes`; numbers may be given as strings."""
    for name in _NUMBERS:
        if changes.get(name) is not None:
            changes[name] = Decimal(changes[name])
    return replace(_LINE, **changes)


def order(*lines: SourceLine, **changes: Any) -> SourceOrder:
    """An order that can be invoiced, with `lines` where any are given, but for `changes`."""
    if lines:
        changes["lines"] = lines
    return replace(_ORDER, **changes)


def priced(*prices: str, **changes: Any) -> tuple[SourceLine, ...]:
    """One line of a single piece for each price."""
    return tuple(
        line(line_number=number, quantity="1", unit_price=price, **changes)
        for number, price in enumerate(prices, start=1)
    )
