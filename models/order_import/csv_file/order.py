"""An order of an orders file, with the organisation's defaults for what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from models.invoicing.tax_category import TAX_CATEGORIES


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


class Line(NamedTuple):
    """The line that a row adds; numbers are plain decimal text.

    The fields are those of `columns.LINE`.
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


@dataclass(slots=True)
class FileOrder:
    """An order while its rows are collected; `first_row` is the line on which it begins."""

    number: str
    first_row: int
    raw_head: tuple[str, ...] = ()
    head: Head | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    rejected: bool = False


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
            return line
        category = line.tax_category or self.tax_category
        known = TAX_CATEGORIES.get(category)
        percent = self.tax_percent if known is None or known.taxed else "0"
        return line._replace(tax_category=category, tax_percent=line.tax_percent or percent)
