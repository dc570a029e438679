"""An order as an orders file has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from models.invoicing.tax_category import TAX_CATEGORIES


class Head(NamedTuple):
    """What an order's rows have in common; the fields are those of `values.HEAD`."""

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
    """One row's own values; numbers are plain decimal text. The fields are those of
    `values.LINE`."""

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
    """An order while its rows are gathered; `first_row` is the line on which it begins."""

    number: str
    first_row: int
    raw_head: tuple[str, ...] = ()
    head: Head | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where an order names no currency, or a line no tax: the organisation's."""

    currency: str
    tax_category: str
    tax_percent: str

    def fill_head(self, head: Head) -> Head:
        """The head with its currency."""
        return head if head.currency else head._replace(currency=self.currency)

    def fill_line(self, line: Line) -> Line:
        """The line with its tax complete; a category that charges no tax takes 0 %."""
        if line.tax_category and line.tax_percent:
            return line
        category = line.tax_category or self.tax_category
        known = TAX_CATEGORIES.get(category)
        percent = self.tax_percent if known is None or known.taxed else "0"
        return line._replace(tax_category=category, tax_percent=line.tax_percent or percent)
