"""What an invoice is made from: an order, its buyer and the seller, as stored.

Nothing is checked here. Stored data may be flawed (a quantity of 0, an unknown currency, an
empty street); `validation.validate` finds what prevents an invoice.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer (Directive 2006/112/EC art. 226 (3) to (5)).

    `country` is an ISO 3166-1 alpha-2 code.
    """

    name: str
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of an order.

    `unit` is a code of UN/ECE recommendation 20 (C62: piece), `unit_price` the net price of one
    unit in the order's currency, `tax_category` a code of UNCL 5305. Percentages are given as
    people write them: 19 means 19 %.
    """

    line_number: int
    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount_percent: Decimal
    tax_category: str
    tax_percent: Decimal


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order as it would be invoiced now.

    `status` is draft, confirmed, cancelled or invoiced. `payment_days` is the customer's own
    payment term in days, None if the seller's applies. `invoice_number` is the number of the
    order's invoice, None if it has none.
    """

    id: int
    order_number: str
    order_date: date
    status: str
    currency: str
    customer_id: int
    buyer: Party
    payment_days: int | None
    lines: tuple[SourceLine, ...]
    invoice_number: str | None = None
    customer_number: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """The organisation that invoices, with its usual payment term in days."""

    party: Party
    payment_days: int


def is_blank(text: str | None) -> bool:
    """Whether a stored text is empty or white space only, which counts as missing."""
    return not text or text.isspace()
