"""An order of an orders file, with the organisation's defaults for what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from models.invoicing.gross_prices import net_unit_price
from models.invoicing.tax_category import TAX_CATEGORIES
from models.value_text import plain_number


class Head(NamedTuple):
    """What all rows of an order share; the fields are those of `columns.HEAD`."""

    order_date: date
    customer_number: str
    customer_name: str
    customer_email: str | None
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    currency: str
    status: str
    expected_gross: str | None = None


class Line(NamedTuple):
    """The line, allowance or charge that a row adds; numbers are plain decimal text.

    The fields are those of `columns.LINE`, the row's type and the gross price. An allowance or
    charge has the quantity 1, its amount as price, and its reason as description.
    """

    line_number: int
    sku: str
    description: str
    quantity: str
    unit: str
    unit_price: str
    discount_percent: str
    tax_category: str
    tax_percent: str
    row_type: str = "line"
    unit_price_gross: str | None = None


@dataclass(slots=True)
class FileOrder:
    """An order while its rows are collected; `first_row` is the line on which it begins.

    `returns` is true for one that was handed over before, without the rows from here on.
    """

    number: str
    first_row: int
    raw_head: tuple[str, ...] = ()
    head: Head | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    rejected: bool = False
    returns: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """The organisation's currency and tax, for an order without currency or a line without tax."""

    currency: str
    tax_category: str
    tax_percent: str

    def fill_head(self, head: Head) -> Head:
        """The head, with a currency."""
        return head if head.currency else head._replace(currency=self.currency)

    def fill_line(self, line: Line) -> Line:
        """The line, with its tax complete; a category that charges no tax takes 0 %."""
        if line.tax_category and line.tax_percent:
            return line if line.unit_price else _with_net_price(line)
        category = line.tax_category or self.tax_category
        known = TAX_CATEGORIES.get(category)
        percent = self.tax_percent if known is None or known.taxed else "0"
        line = line._replace(tax_category=category, tax_percent=line.tax_percent or percent)
        return line if line.unit_price else _with_net_price(line)


def _with_net_price(line: Line) -> Line:
    """The line with the net price that its gross price contains, to six decimals."""
    gross, percent = Decimal(line.unit_price_gross or 0), Decimal(line.tax_percent)
    if percent < 0:  # validation refuses such a rate
        return line._replace(unit_price=f"{gross:f}")
    return line._replace(unit_price=plain_number(net_unit_price(gross, percent)))
