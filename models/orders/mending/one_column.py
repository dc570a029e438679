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
from models.value_text import value_text

Change = Callable[[SourceOrder], SourceOrder]
_BUYER_COLUMNS: Final = {f"buyer_{name}": name for name in BUYER}
# Columns that only a line has, not an allowance or charge.
_GOODS: Final = ("unit", "discount_percent", "description", "sku")
_NUMBERS: Final = ("expected_gross", "discount_percent", "tax_percent")
# A tax category, and after a space its rate unless that is 0 or the organisation's usual one.
TAX: Final = "tax"
COLUMNS: Final = (*OWN, *_BUYER_COLUMNS, *_GOODS, "tax_category", "tax_percent", TAX)


def one_column(
    column: str,
    value: str,
    defaults: Defaults,
    *,
    where: str | None = None,
    line_number: int | None = None,
) -> Change:
    """The change that gives every order, or all its lines, this value of one of `COLUMNS`.

    With `where` it replaces only this value, and with `line_number` it concerns only this line.
    Raises `InvalidRequest` (value_unreadable).
    """
    try:
        values = _tax(value, defaults) if column == TAX else {column: _read(column, value)}
    except BadValue as error:
        finding = Finding(UNREADABLE, error.message, "value", "Correct the value.")
        raise InvalidRequest.of(finding) from error
    if column in OWN:
        if values.get("currency") == "":
            values["currency"] = defaults.currency
        return lambda order: replace(order, **values) if _is(order, column, where) else order
    if column in _BUYER_COLUMNS:
        return _of_buyer(_BUYER_COLUMNS[column], values[column], where)
    return _of_lines(column, values, where, line_number)


def _of_buyer(name: str, value: Any, where: str | None) -> Change:
    def change(order: SourceOrder) -> SourceOrder:
        if not _is(order.buyer, name, where):
            return order
        return replace(order, buyer=replace(order.buyer, **{name: value}))

    return change


def _of_lines(
    column: str, values: Mapping[str, Any], where: str | None, line_number: int | None
) -> Change:
    name = "tax_category" if column == TAX else column
    goods_only = column in _GOODS

    def concerns(line: SourceLine) -> bool:
        named = line_number in (None, line.line_number)
        return named and not (goods_only and line.row_type != "line") and _is(line, name, where)

    return lambda order: replace(
        order,
        lines=tuple(replace(line, **values) if concerns(line) else line for line in order.lines),
    )


def _is(holder: object, name: str, where: str | None) -> bool:
    """Whether the value is the one to be replaced; None replaces any."""
    return where is None or (value_text(getattr(holder, name)) or "").strip() == where.strip()


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
