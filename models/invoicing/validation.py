"""Whether an order can be invoiced, and if not, everything that stands in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from models.invoicing.money import MINOR_UNITS
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.invoicing.tax_category import TAX_CATEGORIES, TaxCategory

__all__ = ["TAX_CATEGORIES", "Violation", "validate"]

_ADDRESS_PARTS = ("name", "street", "city", "country")


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason why an order cannot be invoiced.

    `code` is stable and for programs; `message` is a sentence; `remedy` says what to do.
    `field` is a path such as `status`, `lines[3].quantity` (3 is the line's own number),
    `customer.vat_id` or `organization.street`.
    """

    code: str
    message: str
    field: str
    remedy: str


def validate(order: SourceOrder, seller: Seller) -> tuple[Violation, ...]:
    """Everything that stands in the way of invoicing `order`; empty when nothing does.

    The first violation is the most useful one to show: status, then currency, lines (in their
    order), customer, organisation. Never raises, whatever the stored data.
    """
    return (
        *_status_violations(order),
        *_currency_violations(order),
        *_lines_violations(order),
        *_party_violations(order, seller),
    )


def _status_violations(order: SourceOrder) -> Iterator[Violation]:
    if order.status == "invoiced" or order.invoice_number is not None:
        number = f" as {order.invoice_number}" if order.invoice_number else ""
        yield Violation(
            "already_invoiced",
            f"Order {order.order_number} has already been invoiced{number}.",
            "status",
            "Leave this order out; if its invoice is wrong, correct it with a credit note.",
        )
    elif order.status == "cancelled":
        yield Violation(
            "order_cancelled",
            f"Order {order.order_number} has been cancelled.",
            "status",
            "Leave this order out, or enter it anew if it is to be delivered after all.",
        )
    elif order.status != "confirmed":
        yield Violation(
            "order_not_confirmed",
            f"Order {order.order_number} has the status “{order.status}”, not “confirmed”.",
            "status",
            "Confirm the order, then create its invoice.",
        )


def _currency_violations(order: SourceOrder) -> Iterator[Violation]:
    if order.currency not in MINOR_UNITS:
        yield Violation(
            "currency_unknown",
            f"The currency “{order.currency}” is not an active currency of ISO 4217.",
            "currency",
            "Give the order a currency code such as EUR, in three capital letters.",
        )


def _lines_violations(order: SourceOrder) -> Iterator[Violation]:
    if not order.lines:
        yield Violation(
            "order_without_lines",
            f"Order {order.order_number} has no lines.",
            "lines",
            "Add at least one line to the order, or cancel it.",
        )
    for line in order.lines:
        yield from _amount_violations(line)
        yield from _tax_violations(line)


def _amount_violations(line: SourceLine) -> Iterator[Violation]:
    # is_finite comes first: NaN, which a NUMERIC column can hold, cannot be compared.
    number = line.line_number
    if not (line.quantity.is_finite() and line.quantity > 0):
        yield Violation(
            "quantity_not_positive",
            f"Line {number} has the quantity {_plain(line.quantity)}; it must be above 0.",
            f"lines[{number}].quantity",
            f"Enter a quantity above 0 on line {number}, or delete the line.",
        )
    if not (line.unit_price.is_finite() and line.unit_price >= 0):
        yield Violation(
            "unit_price_negative",
            f"Line {number} has the unit price {_plain(line.unit_price)}; it must be 0 or more.",
            f"lines[{number}].unit_price",
            f"Enter a unit price of 0 or more on line {number}; "
            "give money back with a credit note.",
        )
    if not (line.discount_percent.is_finite() and 0 <= line.discount_percent <= 100):
        yield Violation(
            "discount_out_of_range",
            f"Line {number} has a discount of {_plain(line.discount_percent)} %; "
            "it must lie between 0 and 100 %.",
            f"lines[{number}].discount_percent",
            f"Enter a discount between 0 and 100 % on line {number}.",
        )


def _tax_violations(line: SourceLine) -> Iterator[Violation]:
    """EN 16931 BR-S-5, BR-Z-5, BR-E-5, BR-AE-5, BR-IC-5, BR-G-5, BR-O-5."""
    number, percent = line.line_number, line.tax_percent
    category = TAX_CATEGORIES.get(line.tax_category)
    if category is None:
        yield Violation(
            "tax_category_unknown",
            f"Line {number} has the tax category “{line.tax_category}”, which is not known.",
            f"lines[{number}].tax_category",
            f"Give line {number} one of the tax categories {', '.join(TAX_CATEGORIES)}.",
        )
    elif category.taxed and not (percent.is_finite() and 0 < percent <= 100):
        yield Violation(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {_titled(category)} "
            "takes a rate above 0 and up to 100 %.",
            f"lines[{number}].tax_percent",
            f"Enter the rate that applies to line {number}, or the tax category that takes 0 %.",
        )
    elif not category.taxed and not (percent.is_finite() and percent == 0):
        yield Violation(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {_titled(category)} "
            "takes 0 %.",
            f"lines[{number}].tax_percent",
            f"Set the rate of line {number} to 0, or its tax category to S.",
        )


def _party_violations(order: SourceOrder, seller: Seller) -> Iterator[Violation]:
    """Directive 2006/112/EC art. 226 (3) to (5); EN 16931 BR-06 to BR-11, BR-AE-2, BR-IC-2."""
    for part in _missing_parts(order.buyer):
        yield Violation(
            f"customer_{part}_missing",
            f"The customer of order {order.order_number} has no {part}.",
            f"customer.{part}",
            f"Enter the customer's {part}.",
        )
    category = _category_that_needs_vat_ids(order)
    if category and _blank(order.buyer.vat_id):
        yield Violation(
            "customer_vat_id_missing",
            f"The customer of order {order.order_number} has no VAT id, "
            f"which tax category {_titled(category)} demands.",
            "customer.vat_id",
            "Enter the customer's VAT id, or correct the tax category of the lines.",
        )
    for part in _missing_parts(seller.party):
        yield Violation(
            "seller_address_missing",
            f"Your organisation has no {part}.",
            f"organization.{part}",
            f"Enter your organisation's {part}.",
        )
    if category and _blank(seller.party.vat_id):
        yield Violation(
            "seller_vat_id_missing",
            f"Your organisation has no VAT id, which tax category {_titled(category)} demands.",
            "organization.vat_id",
            "Enter your organisation's VAT id, or correct the tax category of the lines.",
        )


def _missing_parts(party: Party) -> Iterator[str]:
    return (part for part in _ADDRESS_PARTS if _blank(getattr(party, part)))


def _category_that_needs_vat_ids(order: SourceOrder) -> TaxCategory | None:
    for line in order.lines:
        category = TAX_CATEGORIES.get(line.tax_category)
        if category and category.needs_vat_ids:
            return category
    return None


def _blank(text: str | None) -> bool:
    return not text or text.isspace()


def _titled(category: TaxCategory) -> str:
    return f"{category.code} ({category.name})"


def _plain(number: Decimal) -> str:
    """As a clerk would write it: 0 for 0.000000, and no exponent unless it is enormous."""
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
