"""Shopify: Orders > Export, “CSV for Excel” or plain CSV.

One row per line item; an order's own columns stand on its first row only
(https://help.shopify.com/manual/orders/export-orders).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow
from models.order_import.mapping.presets.tax_rates import (
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
    try:
        gross = _prices_have_tax(first)
        rate = _rate(first)
    except ValueError:
        gross, rate = True, unclear_rate("An amount of the order is no number.")
    price = "unit_price_gross" if gross else "unit_price"
    head = _head(first)
    for row in order:
        if not row["Lineitem name"] and row is not first:
            continue
        here = rate
        if row["Lineitem taxable"] == "false" and rate not in ("0", ""):
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


def _rate(first: SourceRow) -> str:
    """The one rate of the order; with several, the export does not say which item has which."""
    tax, total = money(first["Taxes"]), money(first["Total"])
    if not tax:
        return "0"
    names = [first[f"Tax {n} Name"] for n in _TAXES if money(first[f"Tax {n} Value"])]
    rates = {named_rate(name) for name in names}
    if len(rates) > 1:
        return unclear_rate(
            "The order has several tax rates, and the export does not say which item has which."
        )
    (rate,) = rates or {None}
    return settled_rate(possible_rates(total - tax, tax), []) if rate is None else f"{rate:f}"


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
