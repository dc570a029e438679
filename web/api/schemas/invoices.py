"""Invoices, as the API answers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Self
from uuid import UUID

from pydantic import WithJsonSchema

from models.invoicing.currency import round_money
from models.invoicing.source import RowType
from models.invoicing.tax_category import TAX_CATEGORIES
from models.tables.invoice import Invoice
from web.api.schemas.base import Exact, Id, Shape

_SUMS: Final = (
    "net",
    "tax",
    "gross",
    "line_total",
    "allowances",
    "charges",
    "rounding",
    "payable",
)
TaxCode = Annotated[str, WithJsonSchema({"type": "string", "enum": list(TAX_CATEGORIES)})]


class Party(Shape):
    """Seller or buyer, as they were at issue."""

    name: str
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    email: str | None = None
    tax_number: str | None = None


class InvoiceLine(Shape):
    """One row: a line, or an allowance or charge on the whole, whose reason is `description`.

    `net` is its amount after discount and before tax; that of an allowance is subtracted.
    `unit_price_gross` is the price with VAT from which `unit_price` was computed, or null.
    """

    line_number: int
    sku: str
    description: str
    quantity: Exact
    unit: str
    unit_price: Exact
    discount_percent: Exact
    tax_category: TaxCode
    tax_percent: Exact
    row_type: RowType
    unit_price_gross: Exact | None
    net: Exact


class TaxSubtotal(Shape):
    """The tax of one category and rate."""

    category: TaxCode
    percent: Exact
    taxable: Exact
    tax: Exact
    reason: str | None


class InvoiceShape(Shape):
    """An invoice as issued.

    net = `line_total` - `allowances` + `charges`, gross = net + tax, `payable` = gross + `rounding`
    (EN 16931 BT-106 to BT-115).
    """

    answers_ids: ClassVar = {"invoice_id": "id"}
    id: Id
    number: str
    order_id: Id
    order_number: str
    issue_date: date
    due_date: date
    currency: str
    net: Exact
    tax: Exact
    gross: Exact
    line_total: Exact
    allowances: Exact
    charges: Exact
    rounding: Exact
    payable: Exact
    seller: Party
    buyer: Party
    lines: list[InvoiceLine]
    tax_breakdown: list[TaxSubtotal]
    created_by: str | None
    batch_job_id: UUID | None

    @classmethod
    def of(cls, invoice: Invoice, author: str | None) -> Self:
        """Amounts in the currency's minor units; `author` is an e-mail address."""
        rounded = _rounded(invoice.currency)
        plain = ("id", "number", "order_id", "order_number", "issue_date", "due_date", "currency")
        return cls(
            **{name: getattr(invoice, name) for name in plain},
            **rounded(invoice, *_SUMS),
            seller=Party.model_validate(invoice.seller),
            buyer=Party.model_validate(invoice.buyer),
            lines=[
                InvoiceLine.model_validate(line).model_copy(update=rounded(line, "net"))
                for line in invoice.lines
            ],
            tax_breakdown=[
                TaxSubtotal.model_validate(tax).model_copy(update=rounded(tax, "taxable", "tax"))
                for tax in invoice.taxes
            ],
            created_by=author,
            batch_job_id=invoice.batch_job_id,
        )


def _rounded(currency: str) -> Callable[..., dict[str, Any]]:
    def fields(row: object, *names: str) -> dict[str, Any]:
        return {name: round_money(getattr(row, name), currency) for name in names}

    return fields
