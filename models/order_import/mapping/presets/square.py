"""Square: Transactions > Export > Items detail CSV.

One row per item of a payment. Gross sales are before, net sales after the discount; where prices
contain the tax, gross sales contain it too (https://squareup.com/help/article/5200-square-glossary).
Newer exports call that product sales, and what was paid gross sales.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow
from models.order_import.mapping.presets.tax_rates import (
    ZERO,
    money,
    possible_rates,
    settled_rate,
    tax_columns,
    unclear_rate,
)

_SIGN: Final = re.compile(r"^-?([^\d\s.,-]*)")


@dataclass(frozen=True, slots=True)
class _Item:
    """A row's amounts, all positive: what was asked, the discount, what was paid, its tax."""

    row: SourceRow
    quantity: Decimal
    asked: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def contains_tax(self) -> bool:
        return bool(self.tax) and self.asked - self.discount != self.net

    @property
    def rates(self) -> frozenset[Decimal]:
        return possible_rates(self.net, self.tax)


def _rows(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    first = order[0]
    sign = _sign(first["Gross Sales"])
    head = _head(first)
    try:
        items = [_item(row, sign) for row in order]
    except (ValueError, ZeroDivisionError):
        problem = unclear_rate("An amount of the order is no number.")
        yield from ((row.line, head | _what(row) | tax_columns(problem)) for row in order)
        return
    gross = any(item.contains_tax for item in items)
    head["expected_gross"] = f"{sign}{sum((item.net + item.tax for item in items), ZERO):f}"
    price, off = ("unit_price_gross", "unit_price_gross") if gross else ("unit_price", "amount")
    discounts: dict[str, Decimal] = {}
    for item in items:
        rate = settled_rate(item.rates, (other.rates for other in items))
        each = item.asked / item.quantity
        values = {"quantity": f"{item.quantity:f}", price: f"{sign}{_plain(each)}"}
        yield item.row.line, head | _what(item.row) | values | tax_columns(rate)
        discounts[rate] = discounts.get(rate, ZERO) + item.discount
    for rate, discount in discounts.items():
        if discount:
            allowance = {"row_type": "allowance", off: f"{sign}{discount:f}", "reason": "Discount"}
            yield first.line, allowance | tax_columns(rate)


def _item(row: SourceRow, sign: str) -> _Item:
    """The row's amounts; raises `ValueError`."""
    asked, discount, net, tax = (
        money(row[name].replace(sign, "").replace(",", ""))
        for name in (_asked_column(row), "Discounts", "Net Sales", "Tax")
    )
    return _Item(row, money(row["Qty"]), asked, abs(discount), net, tax)


def _asked_column(row: SourceRow) -> str:
    return "Product Sales" if "Product Sales" in row else "Gross Sales"


def _plain(price: Decimal) -> str:
    return f"{price:.6f}".rstrip("0").rstrip(".")


def _sign(amount: str) -> str:
    found = _SIGN.match(amount)
    return found[1] if found else ""


def _what(row: SourceRow) -> OurRow:
    variant = row["Price Point Name"]
    name = row["Item"] if variant in ("", "Regular") else f"{row['Item']}, {variant}"
    return {"sku": row["SKU"], "description": name or "Custom amount", "quantity": row["Qty"]}


def _head(first: SourceRow) -> OurRow:
    customer = first["Customer Name"]
    number = first["Transaction ID"]
    return {
        "order_number": f"{number} refund" if first["Event Type"] == "Refund" else number,
        "order_date": _day(first),
        "customer_number": first["Customer ID"] or customer or number,
        "customer_name": customer,
    }


def _day(first: SourceRow) -> str:
    if first["Event Type"] == "Refund":
        message = "This row is a refund: write a credit note for the invoice instead."
        return ValueProblem(first["Date"], "refund_row", message)
    return first["Date"]


SQUARE: Final = Preset(
    name="square",
    title="Square: items detail export",
    order_column="Transaction ID",
    needs=frozenset(
        {"Date", "Item", "Qty", "Gross Sales", "Discounts", "Net Sales", "Tax", "Transaction ID"}
    ),
    kind_column="Event Type",
    conventions=Conventions("point"),
    rows_of=_rows,
)
