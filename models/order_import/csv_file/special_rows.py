"""Rows with a gross price, and rows that are an allowance or a charge of the whole order.

An allowance or charge (EN 16931 BG-20 and BG-21) has an amount and a reason where a line has a
quantity, a price and a description. Its amount with tax is its gross price.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from models.order_import.csv_file.order import Line

Problem = tuple[str, str, str]  # column, code, message

# What an allowance or charge may have in the columns of a line: nothing, or what changes nothing.
_WITHOUT_EFFECT: Final[Mapping[str, tuple[int, ...]]] = {
    "quantity": (0, 1),
    "unit_price": (0,),
    "discount_percent": (0,),
}


def special_line(values: Mapping[str, Any]) -> Line | list[Problem]:
    """The line of a row whose values were read one by one, or what contradicts itself in them.

    `values` has the columns of `columns.LINE` and `columns.SPECIAL`; a column that the file leaves
    out, or whose value is empty, is None or empty.
    """
    if values["row_type"] == "line":
        return _line(values)
    problems = [
        (name, "value_not_expected", f"A row of type {values['row_type']} has no {name}.")
        for name, harmless in _WITHOUT_EFFECT.items()
        if values[name] and Decimal(values[name]) not in harmless
    ]
    if values["amount"] and values["unit_price_gross"]:
        message = "The row has an amount without and one with tax: leave one of them empty."
        problems.append(("unit_price_gross", "two_prices", message))
    elif not values["amount"] and not values["unit_price_gross"]:
        problems.append(("amount", "missing_value", "The value is missing."))
    return problems or Line(
        line_number=values["line_number"],
        sku=values["sku"],
        description=values["reason"] or values["description"],
        quantity="1",
        unit=values["unit"],
        unit_price=values["amount"] or "",
        discount_percent="0",
        tax_category=values["tax_category"],
        tax_percent=values["tax_percent"],
        row_type=values["row_type"],
        unit_price_gross=values["unit_price_gross"],
    )


def _line(values: Mapping[str, Any]) -> Line | list[Problem]:
    problems = []
    net, gross = values["unit_price"], values["unit_price_gross"]
    if not values["quantity"]:
        problems.append(("quantity", "missing_value", "The value is missing."))
    if net and gross:
        message = "The row has a net and a gross price: leave one of them empty."
        problems.append(("unit_price_gross", "two_prices", message))
    elif not net and not gross:
        problems.append(("unit_price", "missing_value", "The value is missing."))
    if values["amount"] and Decimal(values["amount"]):
        message = "Only an allowance or a charge has an amount: give its row_type."
        problems.append(("amount", "value_not_expected", message))
    return problems or Line(
        **{name: values[name] for name in Line._fields if name != "unit_price"},
        unit_price=net or "",
    )
