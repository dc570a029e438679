"""Amazon: VAT Transactions Report, separated by tabs.

One row per item of a shipment, with rate, tax and buyer; amounts with and without tax
(https://sellercentral.amazon.co.uk/help/hub/reference/202098210).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow
from models.order_import.mapping.presets.tax_rates import ZERO, money, tax_columns, unclear_rate

_SALES: Final = {"SALE", "COMMINGLING_SELL"}
# The parts of a row's total: how the columns begin, the rate's column, what it is on the invoice.
_PARTS: Final = (
    ("PRICE_OF_ITEMS", "PRICE_OF_ITEMS_VAT_RATE_PERCENT", ""),
    ("SHIP_CHARGE", "SHIP_CHARGE_VAT_RATE_PERCENT", "Shipping"),
    ("GIFT_WRAP", "GIFT_WRAP_VAT_RATE_PERCENT", "Gift wrapping"),
)
_TOTAL: Final = "TOTAL_ACTIVITY_VALUE_AMT_VAT_INCL"


def _rows(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    try:
        head = _head(order[0]) | {
            "expected_gross": f"{sum((money(r[_TOTAL]) for r in order), ZERO):f}"
        }
        made = [made for row in order for made in _parts(row)]
    except (ValueError, ZeroDivisionError):
        problem = tax_columns(unclear_rate("An amount of the order is no number."))
        yield from ((row.line, _head(row) | {"quantity": row["QTY"]} | problem) for row in order)
        return
    yield from ((line, head | values) for line, values in made)


def _parts(row: SourceRow) -> Iterator[tuple[int, OurRow]]:
    """The item, its shipping and gift wrap, and what a promotion took off each."""
    for begin, rate_column, name in _PARTS:
        asked = money(row[f"{begin}_AMT_VAT_INCL"])
        off = abs(money(row[f"PROMO_{begin}_AMT_VAT_INCL"]))
        if not asked and name:
            continue
        tax = tax_columns(_rate(row, rate_column))
        quantity = Decimal(1) if name else money(row["QTY"])
        yield (
            row.line,
            {
                "sku": "" if name else row["SELLER_SKU"],
                "description": name or row["ITEM_DESCRIPTION"] or row["ASIN"],
                "quantity": f"{quantity:f}",
                "unit_price_gross": f"{asked / quantity:.6f}",
                **tax,
            },
        )
        if off:
            reason = f"Promotion on {name.lower() or row['SELLER_SKU']}"
            values = {"row_type": "allowance", "unit_price_gross": f"{off:f}", "reason": reason}
            yield row.line, values | tax


def _rate(row: SourceRow, column: str) -> str:
    """The rate in percent; the report writes it as a part of one, such as 0.19."""
    rate = money(row[column] or row["PRICE_OF_ITEMS_VAT_RATE_PERCENT"])
    return f"{(rate * 100 if rate < 1 else rate).normalize():f}"


def _head(first: SourceRow) -> OurRow:
    number = first["TRANSACTION_EVENT_ID"]
    vat_id = first["BUYER_VAT_NUMBER"]
    country = first["BUYER_VAT_NUMBER_COUNTRY"]
    kind = first["TRANSACTION_TYPE"].lower()
    return {
        "order_number": number if kind.upper() in _SALES else f"{number} {kind}".strip(),
        "order_date": _day(first),
        "customer_number": vat_id or number,
        "customer_name": first["BUYER_NAME"],
        "street": first["ARRIVAL_ADDRESS"],
        "city": first["ARRIVAL_CITY"] or first["SALE_ARRIVAL_CITY"],
        "postal_code": first["ARRIVAL_POST_CODE"],
        "country": first["ARRIVAL_COUNTRY"] or first["SALE_ARRIVAL_COUNTRY"],
        "vat_id": vat_id if not vat_id or vat_id.startswith(country) else country + vat_id,
        "currency": first["TRANSACTION_CURRENCY_CODE"],
    }


def _day(first: SourceRow) -> str:
    day = first["TAX_CALCULATION_DATE"] or first["TRANSACTION_COMPLETE_DATE"]
    if first["TRANSACTION_TYPE"] in _SALES:
        return day
    kind = first["TRANSACTION_TYPE"] or "empty"
    message = f"This row is no sale (TRANSACTION_TYPE is {kind})."
    return ValueProblem(day, "not_a_sale", message)


AMAZON: Final = Preset(
    name="amazon",
    title="Amazon: VAT transactions report",
    order_column="TRANSACTION_EVENT_ID",
    needs=frozenset(
        {"TRANSACTION_EVENT_ID", "TRANSACTION_TYPE", "SELLER_SKU", "QTY", _TOTAL,
         "PRICE_OF_ITEMS_AMT_VAT_INCL", "PRICE_OF_ITEMS_VAT_RATE_PERCENT"}
    ),
    kind_column="TRANSACTION_TYPE",
    conventions=Conventions("point", "d.m.y"),
    rows_of=_rows,
)  # fmt: skip
