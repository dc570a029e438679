"""WooCommerce: the order export “Default - One Row per Item” of Customer/Order/Coupon Export.

Amounts are net, each with its tax beside it
(https://woocommerce.com/document/ordercustomer-csv-export/).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

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

_STATUSES: Final = {
    "cancelled": "cancelled",
    "refunded": "cancelled",
    "failed": "cancelled",
    "pending": "draft",
    "on-hold": "draft",
    "checkout-draft": "draft",
}


@dataclass(frozen=True, slots=True)
class _Amount:
    """An item, the shipping or the fees: net and tax before its discount, and the discount's."""

    line: int
    what: OurRow
    quantity: Decimal
    net: Decimal
    tax: Decimal
    discount: Decimal = ZERO

    @property
    def rates(self) -> frozenset[Decimal]:
        return possible_rates(self.net, self.tax)


def _rows(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    head = _head(order[0])
    try:
        amounts = list(_amounts(order))
    except (ValueError, ZeroDivisionError):
        for row in order:
            problem = unclear_rate("An amount of the order is no number.")
            yield row.line, head | _item(row) | tax_columns(problem)
        return
    discounts: dict[str, Decimal] = {}
    for amount in amounts:
        others = (other.rates for other in amounts)
        rate = settled_rate(amount.rates, others)
        price = (amount.net + amount.tax) / amount.quantity
        values = {"quantity": f"{amount.quantity:f}", "unit_price_gross": f"{price:.6f}"}
        yield amount.line, head | amount.what | values | tax_columns(rate)
        discounts[rate] = discounts.get(rate, ZERO) + amount.discount
    for rate, discount in discounts.items():
        if discount:
            allowance = {"row_type": "allowance", "unit_price_gross": f"{discount:f}"}
            reason = {"reason": _coupon(order[0])}
            yield order[0].line, allowance | reason | tax_columns(rate)


def _amounts(order: Sequence[SourceRow]) -> Iterator[_Amount]:
    """What the order is made of; raises `ValueError`."""
    for row in order:
        if not row["item_name"]:
            continue
        net, tax = money(row["item_subtotal"]), money(row["item_subtotal_tax"])
        paid = money(row["item_total"]) + money(row["item_total_tax"])
        quantity = money(row["item_quantity"])
        yield _Amount(row.line, _item(row), quantity, net, tax, net + tax - paid)
    first = order[0]
    for name, what in (("shipping", first["shipping_method"] or "Shipping"), ("fee", "Fees")):
        net, tax = money(first[f"{name}_total"]), money(first[f"{name}_tax_total"])
        if net or tax:
            yield _Amount(first.line, {"description": what}, Decimal(1), net, tax)


def _item(row: SourceRow) -> OurRow:
    return {"sku": row["item_sku"], "description": row["item_name"]}


def _coupon(first: SourceRow) -> str:
    """The code in `coupon_items`, such as code:SUMMER10|amount:5.00."""
    _, _, rest = first["coupon_items"].partition("code:")
    return f"Discount {rest.partition('|')[0].partition(';')[0]}".strip()


def _head(first: SourceRow) -> OurRow:
    person = f"{first['billing_first_name']} {first['billing_last_name']}".strip()
    email = first["billing_email"]
    account = first["customer_id"]
    street = f"{first['billing_address_1']}, {first['billing_address_2']}".strip(", ")
    guest = email.lower() or person or first["order_number"]
    return {
        "order_date": first["order_date"],
        "customer_number": guest if account in ("", "0") else account,
        "customer_name": first["billing_company"] or person,
        "customer_email": email,
        "street": street,
        "city": first["billing_city"],
        "postal_code": first["billing_postcode"],
        "country": first["billing_country"],
        "vat_id": first["vat_number"] or first["billing_vat_number"],
        "currency": first["order_currency"],
        "status": _STATUSES.get(first["status"].removeprefix("wc-"), ""),
        "expected_gross": first["order_total"],
    }


WOOCOMMERCE: Final = Preset(
    name="woocommerce",
    title="WooCommerce: order export, one row per item",
    order_column="order_number",
    needs=frozenset(
        {"order_number", "order_currency", "order_total", "item_quantity", "item_subtotal",
         "item_subtotal_tax", "item_total", "item_total_tax"}
    ),
    kind_column="",
    conventions=Conventions("point"),
    rows_of=_rows,
)  # fmt: skip
