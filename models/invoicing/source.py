"""What an invoice is made from: an order, its buyer and the seller, as stored.

Nothing is checked here. Stored data may be flawed (a quantity of 0, an unknown currency, an
empty street); `validation.validate` finds what prevents an invoice.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

RowType = Literal["line", "allowance", "charge"]
"""What a row of an order is: goods or a service, or an amount off or onto the whole order."""


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
    """One row of an order: a line, or an allowance or charge on the whole order.

    `unit` is a code of UN/ECE recommendation 20 or 21 (C62: piece), `unit_price` the net price of
    one unit in the order's currency, `tax_category` a code of UNCL 5305. Percentages are given as
    people write them: 19 means 19 %. A quantity below 0 is a return.

    Where `unit_price_gross` is given (the price with VAT, as shops have it), it decides, and
    `compute_totals` sets `unit_price` from it. An allowance or charge (EN 16931 BG-20, BG-21) has
    its amount as `unit_price`, its reason as `description`, the quantity 1 and no discount.
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
    row_type: RowType = "line"
    unit_price_gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order as it would be invoiced now.

    `status` is draft, confirmed, cancelled or invoiced. `payment_days` is the customer's own
    payment term in days, None if the seller's applies. `invoice_number` is the number of the
    order's invoice, None if it has none. `expected_gross` is what the order system says that the
    buyer pays, None if it does not say.
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
    expected_gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Seller:
    """The organisation that invoices, with its usual payment term in days.

    `tax_number` is its number at the local tax office (EN 16931 BT-32). `allow_zero_totals`:
    invoices over 0.00 are wanted. `order_date_days_ahead`: how far ahead of today an order may be
    dated.
    """

    party: Party
    payment_days: int
    tax_number: str | None = None
    allow_zero_totals: bool = False
    order_date_days_ahead: int = 30


def is_blank(text: str | None) -> bool:
    """Whether a stored text is empty or white space only, which counts as missing."""
    return not text or text.isspace()
