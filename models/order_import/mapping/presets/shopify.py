"""Shopify: Orders > Export, “CSV for Excel” or plain CSV.

One row per line item; an order's own columns stand on its first row only
(https://help.shopify.com/manual/orders/export-orders).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow
from models.order_import.mapping.presets.tax_rates import (
    ZERO,
    assigned_rates,
    money,
    named_rate,
    possible_rates,
    settled_rate,
    tax_columns,
    unclear_rate,
)

_TAXES: Final = range(1, 6)
_CANCELLED: Final = {"voided", "refunded"}


def _rows(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    first = order[0]
    items = [row for row in order if row["Lineitem name"] or row is first]
    try:
        gross = _prices_have_tax(first)
        rates, rate = _rates(first, items, gross=gross)
    except ValueError:
        gross, rate = True, unclear_rate("An amount of the order is no number.")
        rates = [rate] * len(items)
    price = "unit_price_gross" if gross else "unit_price"
    head = _head(first)
    for row, here in zip(items, rates, strict=True):
        if row["Lineitem taxable"] == "false" and here != "0":
            here = unclear_rate("The item is not taxable, but the order has tax.")
        line = {
            "sku": row["Lineitem sku"],
            "description": row["Lineitem name"],
            "quantity": row["Lineitem quantity"],
            price: row["Lineitem price"],
        }
        yield row.line, head | line | tax_columns(here)
    shipping = {"description": first["Shipping Method"] or "Shipping", "quantity": "1"}
    if first["Shipping"].strip("0."):
        yield first.line, shipping | {price: first["Shipping"]} | tax_columns(rate)
    if first["Discount Amount"].strip("0."):
        amount = "unit_price_gross" if gross else "amount"
        reason = f"Discount {first['Discount Code']}".strip()
        discount = {"row_type": "allowance", amount: first["Discount Amount"], "reason": reason}
        yield first.line, discount | tax_columns(rate)


def _prices_have_tax(first: SourceRow) -> bool:
    """Subtotal and shipping are the total already, or only with the tax."""
    without_tax = money(first["Subtotal"]) + money(first["Shipping"])
    tax, total = money(first["Taxes"]), money(first["Total"])
    return abs(total - without_tax) <= abs(total - without_tax - tax)


def _rates(first: SourceRow, items: Sequence[SourceRow], *, gross: bool) -> tuple[list[str], str]:
    """The rate of each item, and that of shipping and discount.

    An order has its taxes by rate only. With several, an item has the rate that makes the taxes
    right, if there is only one way; a discount could belong to any of them.
    """
    tax, total = money(first["Taxes"]), money(first["Total"])
    taxes: dict[Decimal | None, Decimal] = {}
    for number in _TAXES:
        if value := money(first[f"Tax {number} Value"]):
            rate = named_rate(first[f"Tax {number} Name"])
            taxes[rate] = taxes.get(rate, ZERO) + value
    if not tax or len(taxes) < 2:
        only = next(iter(taxes), None)
        one = "0" if not tax else f"{only:f}" if only is not None else _computed(total, tax)
        return [one] * len(items), one
    known = {rate: value for rate, value in taxes.items() if rate is not None}
    amounts = [money(row["Lineitem price"]) * money(row["Lineitem quantity"]) for row in items]
    shipping = money(first["Shipping"])
    if len(known) == len(taxes) and not money(first["Discount Amount"]):
        parts = [*amounts, shipping] if shipping else amounts
        found = assigned_rates(parts, known, gross=gross)
        if found is not None:
            return [f"{rate:f}" for rate in found[: len(items)]], f"{found[-1]:f}"
    unclear = unclear_rate(
        "The order has several tax rates, and the export does not say which item has which."
    )
    return [unclear] * len(items), unclear


def _computed(total: Decimal, tax: Decimal) -> str:
    return settled_rate(possible_rates(total - tax, tax), [])


def _head(first: SourceRow) -> OurRow:
    email = first["Email"]
    company, person = first["Billing Company"], first["Billing Name"]
    cancelled = first["Cancelled at"] or first["Financial Status"] in _CANCELLED
    return {
        "order_date": first["Created at"],
        "customer_number": email.lower() or first["Phone"] or person or first["Name"],
        "customer_name": company or person,
        "customer_email": email,
        "street": first["Billing Street"],
        "city": first["Billing City"],
        "postal_code": first["Billing Zip"].lstrip("'"),
        "country": first["Billing Country"],
        "currency": first["Currency"],
        "status": "cancelled" if cancelled else "",
        "expected_gross": first["Total"],
    }


SHOPIFY: Final = Preset(
    name="shopify",
    title="Shopify: order export",
    order_column="Name",
    needs=frozenset(
        {"Name", "Created at", "Currency", "Total", "Lineitem quantity", "Lineitem price"}
    ),
    kind_column="",
    conventions=Conventions("point", "y-m-d"),
    rows_of=_rows,
)
