"""Amazon: All Orders report and Order report, separated by tabs.

One row per item of an order; a price is that of the whole quantity. In Europe it contains the tax
beside it, in North America the tax is added
(https://sellercentral.amazon.com/gp/help/external/200547170).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow
from models.order_import.mapping.presets.tax_rates import (
    ZERO,
    money,
    possible_rates,
    tax_columns,
    unclear_rate,
)

# The parts of a row's total: how their columns begin, the discount's column, what the invoice says.
_PARTS: Final = (
    ("item", "item-promotion-discount", ""),
    ("shipping", "ship-promotion-discount", "Shipping"),
    ("gift-wrap", "", "Gift wrapping"),
)
_TAX_ADDED: Final = {"amazon.com", "amazon.ca"}
_STATUSES: Final = {"cancelled": "cancelled", "canceled": "cancelled", "pending": "draft"}


def _rows(order_column: str, order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    head = _head(order_column, order[0])
    try:
        total = sum((_total(row) for row in order), ZERO)
        made = [(row.line, values) for row in order for values in _parts(row)]
    except (ValueError, ZeroDivisionError):
        problem = tax_columns(unclear_rate("An amount of the order is no number."))
        yield from ((row.line, head | _item(row) | problem) for row in order)
        return
    yield from ((line, head | {"expected_gross": f"{total:f}"} | values) for line, values in made)


def _parts(row: SourceRow) -> Iterator[OurRow]:
    """The item, its shipping and gift wrap, and what a promotion took off each."""
    price = "unit_price" if _adds_tax(row) else "unit_price_gross"
    off_price = "amount" if _adds_tax(row) else "unit_price_gross"
    for begin, discount_column, name in _PARTS:
        asked, off = money(row[f"{begin}-price"]), abs(money(row[discount_column]))
        if not asked and name:
            continue
        tax = tax_columns(_rate(row, begin, asked, off))
        quantity = Decimal(1) if name else money(_quantity(row))
        if not quantity and not asked:  # of a cancelled item
            yield _item(row) | {"unit_price_gross": "0"} | tax
            continue
        what = {"description": name, "quantity": "1"} if name else _item(row)
        yield what | {price: f"{asked / quantity:.6f}"} | tax
        if off:
            reason = f"Promotion on {name.lower() or row['sku']}"
            yield {"row_type": "allowance", off_price: f"{off:f}", "reason": reason} | tax


def _rate(row: SourceRow, begin: str, asked: Decimal, off: Decimal) -> str:
    """The one known rate that makes the tax of the price, before or after its discount."""
    tax = money(row[f"{begin}-tax"])
    contained = ZERO if _adds_tax(row) else tax
    rates = possible_rates(asked - contained, tax)
    if off:
        rates |= possible_rates(asked - off - contained, tax)
    if len(rates) == 1:
        return f"{next(iter(rates)):f}"
    return unclear_rate("The tax of this row belongs to no single known rate.")


def _total(row: SourceRow) -> Decimal:
    """What the buyer paid for the row."""
    paid = ZERO
    for begin, discount_column, _ in _PARTS:
        added = money(row[f"{begin}-tax"]) if _adds_tax(row) else ZERO
        paid += money(row[f"{begin}-price"]) + added - abs(money(row[discount_column]))
    return paid


def _adds_tax(row: SourceRow) -> bool:
    return row["sales-channel"].lower() in _TAX_ADDED


def _quantity(row: SourceRow) -> str:
    return row["quantity"] or row["quantity-purchased"]


def _item(row: SourceRow) -> OurRow:
    description = row["product-name"] or row["asin"] or row["sku"]
    return {"sku": row["sku"], "description": description, "quantity": _quantity(row)}


def _head(order_column: str, first: SourceRow) -> OurRow:
    """The buyer's address is the recipient's where the report has no other."""
    number = first[order_column]
    billed = "bill" if first["bill-address-1"] else "ship"
    street = (first[f"{billed}-address-{line}"] for line in (1, 2, 3))
    return {
        "order_number": number,
        "order_date": first["purchase-date"],
        "customer_number": first["buyer-email"].lower() or number,
        "customer_name": first["buyer-company-name"]
        or first["bill-name"]
        or first["buyer-name"]
        or first["recipient-name"],
        "customer_email": first["buyer-email"],
        "street": ", ".join(filter(None, street)),
        "city": first[f"{billed}-city"],
        "postal_code": first[f"{billed}-postal-code"],
        "country": first[f"{billed}-country"],
        "currency": first["currency"],
        "status": _STATUSES.get(first["order-status"].lower(), ""),
    }


def _preset(name: str, title: str, order_column: str, *needs: str) -> Preset:
    return Preset(
        name=name,
        title=title,
        order_column=order_column,
        needs=frozenset(
            {order_column, "purchase-date", "sku", "currency", "item-price", "item-tax",
             "shipping-price", "shipping-tax", *needs}
        ),
        kind_column="",
        conventions=Conventions("point"),
        rows_of=partial(_rows, order_column),
    )  # fmt: skip


AMAZON_ALL_ORDERS: Final = _preset(
    "amazon-all-orders", "Amazon: All Orders report", "amazon-order-id", "order-status"
)
AMAZON_ORDERS: Final = _preset(
    "amazon-orders", "Amazon: Order report", "order-id", "quantity-purchased"
)
