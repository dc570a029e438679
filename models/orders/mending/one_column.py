"""One column of many orders: the change itself, made from a column's name and a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.invoicing.source import SourceLine, SourceOrder
from models.invoicing.tax_category import TAX_CATEGORIES
from models.order_import.csv_file.cell_text import BadValue
from models.order_import.csv_file.columns import HEAD, LINE
from models.order_import.csv_file.order import Defaults
from models.orders.mending.one_order import UNREADABLE
from models.orders.mending.values import BUYER, OWN

Change = Callable[[SourceOrder], SourceOrder]
_BUYER_COLUMNS: Final = {f"buyer_{name}": name for name in BUYER}
# Columns that only a line has, not an allowance or charge.
_GOODS: Final = ("unit", "discount_percent", "description", "sku")
_NUMBERS: Final = ("expected_gross", "discount_percent", "tax_percent")
# A tax category, and after a space its rate unless that is 0 or the organisation's usual one.
TAX: Final = "tax"
COLUMNS: Final = (*OWN, *_BUYER_COLUMNS, *_GOODS, "tax_category", "tax_percent", TAX)


def one_column(
    column: str, value: str, defaults: Defaults, *, line_number: int | None = None
) -> Change:
    """The change that gives every order, or all its lines, this value of one of `COLUMNS`.

    With `line_number` it concerns only this line. Raises `InvalidRequest` (value_unreadable).
    """
    try:
        values = _tax(value, defaults) if column == TAX else {column: _read(column, value)}
    except BadValue as error:
        finding = Finding(UNREADABLE, error.message, "value", "Correct the value.")
        raise InvalidRequest.of(finding) from error
    if column in OWN:
        if values.get("currency") == "":
            values["currency"] = defaults.currency
        return lambda order: replace(order, **values)
    if column in _BUYER_COLUMNS:
        buyer = {_BUYER_COLUMNS[column]: values[column]}
        return lambda order: replace(order, buyer=replace(order.buyer, **buyer))
    goods_only = column in _GOODS

    def concerns(line: SourceLine) -> bool:
        named = line_number in (None, line.line_number)
        return named and not (goods_only and line.row_type != "line")

    return lambda order: replace(
        order,
        lines=tuple(replace(line, **values) if concerns(line) else line for line in order.lines),
    )


def _read(column: str, value: str) -> Any:
    readers: Mapping[str, Callable[[str], Any]] = {**HEAD, **LINE}
    name = BUYER[_BUYER_COLUMNS[column]] if column in _BUYER_COLUMNS else column
    read = readers[name](value)
    if column in ("tax_category", "tax_percent") and not read:
        raise BadValue("missing_value", "The value is missing.")
    return Decimal(read) if column in _NUMBERS and read is not None else read


def _tax(value: str, defaults: Defaults) -> dict[str, Any]:
    category, _, percent = value.strip().partition(" ")
    category = _read("tax_category", category)
    known = TAX_CATEGORIES.get(category)
    usual = defaults.tax_percent if known is None or known.taxed else "0"
    return {
        "tax_category": category,
        "tax_percent": _read("tax_percent", percent.strip().removesuffix("%").strip() or usual),
    }
