"""An invoice before it has its number and its date."""

from dataclasses import dataclass
from datetime import date, timedelta

from models.invoicing.source import Seller, SourceOrder
from models.invoicing.totals import Totals, compute_totals


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """Everything on an invoice except its number and its issue date.

    The invoice copies `order.buyer` and `seller.party` as they are now. `payment_days` is the
    term that applies, in days from the issue date.
    """

    order: SourceOrder
    seller: Seller
    totals: Totals
    payment_days: int


def draft_invoice(order: SourceOrder, seller: Seller) -> InvoiceDraft:
    """The draft for an order in which `validate` finds nothing; it is not validated again.

    Raises what `compute_totals` raises, which is nothing for such an order.
    """
    payment_days = seller.payment_days if order.payment_days is None else order.payment_days
    return InvoiceDraft(order, seller, compute_totals(order.lines, order.currency), payment_days)


def due_date(issue_date: date, payment_days: int) -> date:
    """The day by which an invoice is to be paid (EN 16931 BT-9); 0 days means the issue date.

    Raises ValueError for a negative term, OverflowError for one beyond the year 9999.
    """
    if payment_days < 0:
        raise ValueError(f"a payment term of {payment_days} days ends before the invoice")
    return issue_date + timedelta(days=payment_days)
