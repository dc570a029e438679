"""Whether an order can be invoiced, and if not, everything that stands in the way."""

from collections.abc import Iterator

from models.invoicing.finding import Finding
from models.invoicing.line_rules import line_findings
from models.invoicing.money import MINOR_UNITS
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES

_ADDRESS_PARTS = ("name", "street", "city", "country")


def validate(order: SourceOrder, seller: Seller) -> tuple[Finding, ...]:
    """Everything that stands in the way of invoicing `order`; empty when nothing does.

    The first finding is the most useful one to show: status, then currency, lines (in their
    order), customer, organisation. Never raises, whatever the stored data.
    """
    return (
        *_status_findings(order),
        *_currency_findings(order),
        *_lines_findings(order),
        *_party_findings(order, seller),
    )


def _status_findings(order: SourceOrder) -> Iterator[Finding]:
    if order.status == "invoiced" or order.invoice_number is not None:
        number = f" as {order.invoice_number}" if order.invoice_number else ""
        yield Finding(
            "already_invoiced",
            f"Order {order.order_number} has already been invoiced{number}.",
            "status",
            "Leave this order out; if its invoice is wrong, correct it with a credit note.",
        )
    elif order.status == "cancelled":
        yield Finding(
            "order_cancelled",
            f"Order {order.order_number} has been cancelled.",
            "status",
            "Leave this order out, or import it as a new order if it is to be delivered after all.",
        )
    elif order.status != "confirmed":
        yield Finding(
            "order_not_confirmed",
            f"Order {order.order_number} has the status “{order.status}”, not “confirmed”.",
            "status",
            "Set the status to “confirmed” and import the order again.",
        )


def _currency_findings(order: SourceOrder) -> Iterator[Finding]:
    """EN 16931 BR-05 and BR-CL-04."""
    if order.currency not in MINOR_UNITS:
        yield Finding(
            "currency_unknown",
            f"Order {order.order_number} has no currency."
            if is_blank(order.currency)
            else f"The currency “{order.currency}” is not an active currency of ISO 4217.",
            "currency",
            "Give the order a currency such as EUR and import it again.",
        )


def _lines_findings(order: SourceOrder) -> Iterator[Finding]:
    """EN 16931 BR-16 (at least one line), and the rules of every line."""
    if not order.lines:
        yield Finding(
            "order_without_lines",
            f"Order {order.order_number} has no lines.",
            "lines",
            "Add at least one line and import the order again, or leave it out.",
        )
    for line in order.lines:
        yield from line_findings(line)


def _party_findings(order: SourceOrder, seller: Seller) -> Iterator[Finding]:
    """Directive 2006/112/EC art. 226 (3) to (5); EN 16931 BR-06 to BR-11, BR-AE-02, BR-IC-02."""
    customer = f"Customer {order.buyer.name}"
    if is_blank(order.buyer.name):
        customer = f"The customer of order {order.order_number}"
    for part in _missing_parts(order.buyer):
        yield Finding(
            f"customer_{part}_missing",
            f"{customer} has no {part}.",
            f"customer.{part}",
            f"Add the customer's {part} and import the order again.",
        )
    line = _line_that_needs_vat_ids(order)
    if line and is_blank(order.buyer.vat_id):
        yield Finding(
            "customer_vat_id_missing",
            f"{customer} has no VAT id, but {_taxed_as(line)} demands one.",
            "customer.vat_id",
            "Add the customer's VAT id, or correct the tax category of the lines, "
            "and import the order again.",
        )
    for part in _missing_parts(seller.party):
        yield Finding(
            "seller_address_missing",
            f"Your organisation has no {part}.",
            f"organization.{part}",
            f"Ask whoever operates Billmill to add your organisation's {part}.",
        )
    if line and is_blank(seller.party.vat_id):
        yield Finding(
            "seller_vat_id_missing",
            f"Your organisation has no VAT id, but {_taxed_as(line)} demands one.",
            "organization.vat_id",
            "Ask whoever operates Billmill to add your organisation's VAT id.",
        )


def _missing_parts(party: Party) -> Iterator[str]:
    return (part for part in _ADDRESS_PARTS if is_blank(getattr(party, part)))


def _line_that_needs_vat_ids(order: SourceOrder) -> SourceLine | None:
    for line in order.lines:
        category = TAX_CATEGORIES.get(line.tax_category)
        if category and category.needs_vat_ids:
            return line
    return None


def _taxed_as(line: SourceLine) -> str:
    return f"line {line.line_number}, taxed as {TAX_CATEGORIES[line.tax_category].title},"
