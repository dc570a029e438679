"""Whether an order can be invoiced, and if not, everything that prevents it.

Each function holds the rules for one part of an order and names where they come from; the rules
for one line are in `line_rules.py`.
"""

from collections.abc import Iterator

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.finding import Finding
from models.invoicing.line_rules import line_findings
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES

_ADDRESS_PARTS = ("name", "street", "city", "country")


def validate(order: SourceOrder, seller: Seller) -> tuple[Finding, ...]:
    """Everything that prevents an invoice for `order`; empty when nothing does.

    The first finding is the most useful one to show: status, then currency, lines (in their
    order), customer, organisation. Never raises, whatever the stored data.
    """
    of_order = [finding for rule in _ORDER_RULES if (finding := rule(order))]
    of_lines = [finding for line in order.lines for finding in line_findings(line)]
    line = _line_that_needs_vat_ids(order)
    return (*of_order, *of_lines, *_customer(order, line), *_organization(seller, line))


def _status(order: SourceOrder) -> Finding | None:
    """An order is invoiced once, and only when it is confirmed."""
    if order.status == "invoiced" or order.invoice_number is not None:
        number = f" as {order.invoice_number}" if order.invoice_number else ""
        return Finding(
            "already_invoiced",
            f"Order {order.order_number} has already been invoiced{number}.",
            "status",
            "Leave this order out; if its invoice is wrong, correct it with a credit note.",
        )
    if order.status == "cancelled":
        return Finding(
            "order_cancelled",
            f"Order {order.order_number} has been cancelled.",
            "status",
            "Leave this order out, or import it as a new order if it is to be delivered after all.",
        )
    if order.status != "confirmed":
        return Finding(
            "order_not_confirmed",
            f"Order {order.order_number} has the status “{order.status}”, not “confirmed”.",
            "status",
            "Set the status to “confirmed” and import the order again.",
        )
    return None


def _currency(order: SourceOrder) -> Finding | None:
    """EN 16931 BR-05 and BR-CL-04: the currency is one of ISO 4217."""
    if order.currency not in MINOR_UNITS:
        return Finding(
            "currency_unknown",
            f"Order {order.order_number} has no currency."
            if is_blank(order.currency)
            else f"The currency “{order.currency}” is not an active currency of ISO 4217.",
            "currency",
            "Give the order a currency such as EUR and import it again.",
        )
    return None


def _lines(order: SourceOrder) -> Finding | None:
    """EN 16931 BR-16: there is at least one line."""
    if not order.lines:
        return Finding(
            "order_without_lines",
            f"Order {order.order_number} has no lines.",
            "lines",
            "Add at least one line and import the order again, or leave it out.",
        )
    return None


_ORDER_RULES = (_status, _currency, _lines)


def _customer(order: SourceOrder, line: SourceLine | None) -> Iterator[Finding]:
    """EN 16931 BR-07, BR-10 and BR-11: the customer has a name, an address and a country.

    BR-AE-02 and BR-IC-02: it has a VAT id where `line` is taxed in a category that needs one.
    Directive 2006/112/EC art. 226 (4) and (5) demand the same.
    """
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
    if line and is_blank(order.buyer.vat_id):
        yield Finding(
            "customer_vat_id_missing",
            f"{customer} has no VAT id, but {_taxed_as(line)} demands one.",
            "customer.vat_id",
            "Add the customer's VAT id, or correct the tax category of the lines, "
            "and import the order again.",
        )


def _organization(seller: Seller, line: SourceLine | None) -> Iterator[Finding]:
    """EN 16931 BR-06, BR-08 and BR-09: the seller has a name, an address and a country.

    BR-AE-02 and BR-IC-02: it has a VAT id where `line` is taxed in a category that needs one.
    Directive 2006/112/EC art. 226 (3) and (5) demand the same.
    """
    for part in _missing_parts(seller.party):
        yield Finding(
            "seller_address_missing",
            f"Your organisation has no {part}.",
            f"organization.{part}",
            f"Ask the operator of Billmill to add your organisation's {part}.",
        )
    if line and is_blank(seller.party.vat_id):
        yield Finding(
            "seller_vat_id_missing",
            f"Your organisation has no VAT id, but {_taxed_as(line)} demands one.",
            "organization.vat_id",
            "Ask the operator of Billmill to add your organisation's VAT id.",
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
