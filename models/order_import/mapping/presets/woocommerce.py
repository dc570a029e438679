"""WooCommerce: order exports with one row per item, or one per order with columns `line_item_N`.

Amounts are net, each with its tax beside it. One row per item is the format “Default - One Row per
Item” of Customer/Order/Coupon Export (https://woocommerce.com/document/ordercustomer-csv-export/),
one row per order that of the plugin Order Export & Import
(https://wordpress.org/plugins/order-import-export-for-woocommerce/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
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
_SHARED_COLUMNS: Final = ("order_number", "order_currency", "order_total")
# The parts of a cell `line_item_N`; what a name has of these words stays in the name.
_ITEM: Final = re.compile(
    r"name:(?P<name>.*)\|product_id:\d*\|sku:(?P<sku>.*)\|quantity:(?P<quantity>[\d.]+)"
    r"\|total:(?P<total>-?[\d.]+)\|sub_total:-?[\d.]+(?:\|tax:(?P<tax>-?[\d.]+))?(?:\|.*)?",
    re.DOTALL | re.ASCII,
).fullmatch


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


_Items = Callable[[Sequence[SourceRow]], Iterator[_Amount]]


def _rows(items: _Items, order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    head = _head(order[0])
    try:
        amounts = [*items(order), *_shipping_and_fees(order[0])]
    except (ValueError, ZeroDivisionError):
        for row in order:
            problem = unclear_rate("An item or an amount of the order cannot be read.")
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


def _items_of_rows(order: Sequence[SourceRow]) -> Iterator[_Amount]:
    """An item per row; raises `ValueError`."""
    for row in order:
        if not row["item_name"]:
            continue
        net, tax = money(row["item_subtotal"]), money(row["item_subtotal_tax"])
        paid = money(row["item_total"]) + money(row["item_total_tax"])
        quantity = money(row["item_quantity"])
        yield _Amount(row.line, _item(row), quantity, net, tax, net + tax - paid)


def _items_of_columns(order: Sequence[SourceRow]) -> Iterator[_Amount]:
    """An item per column `line_item_N`, at the price after its discount; raises `ValueError`.

    The tax before the discount is not in the export.
    """
    for row in order:
        for number in range(1, len(row) + 1):
            cell = row[f"line_item_{number}"]
            if not cell:
                continue
            item = _ITEM(cell)
            if item is None:
                raise ValueError(cell)
            what = {"sku": item["sku"], "description": item["name"]}
            net, tax = money(item["total"]), money(item["tax"] or "")
            yield _Amount(row.line, what, money(item["quantity"]), net, tax)


def _shipping_and_fees(first: SourceRow) -> Iterator[_Amount]:
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
        {*_SHARED_COLUMNS, "item_quantity", "item_subtotal", "item_subtotal_tax", "item_total",
         "item_total_tax"}
    ),
    kind_column="",
    conventions=Conventions("point"),
    rows_of=partial(_rows, _items_of_rows),
)  # fmt: skip
WOOCOMMERCE_ORDERS: Final = Preset(
    name="woocommerce-orders",
    title="WooCommerce: order export, one row per order",
    order_column="order_number",
    needs=frozenset({*_SHARED_COLUMNS, "line_item_1"}),
    kind_column="",
    conventions=Conventions("point"),
    rows_of=partial(_rows, _items_of_columns),
)
