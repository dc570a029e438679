"""An invoice before it has its number and its date."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.invoicing.source import Party, Seller, SourceOrder
from models.invoicing.totals import Totals, compute_totals
from models.invoicing.vat_ids import compact_vat_id


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


def draft_invoice(order: SourceOrder, seller: Seller, totals: Totals | None = None) -> InvoiceDraft:
    """The draft for an order in which `validate` finds nothing; it is not validated again.

    VAT ids are written as registers write them. The seller's is left out where the order is not
    subject to VAT (EN 16931 BR-O-02). `totals` are computed if they are not given; that raises what
    `compute_totals` raises, which is nothing for such an order.
    """
    if totals is None:
        totals = compute_totals(order.lines, order.currency)
    payment_days = seller.payment_days if order.payment_days is None else order.payment_days
    buyer = _with_compact_vat_id(order.buyer)
    if buyer is not order.buyer:
        order = replace(order, buyer=buyer)
    party = _with_compact_vat_id(seller.party)
    if any(line.tax_category == "O" for line in order.lines):
        party = replace(party, vat_id=None)
    if party is not seller.party:
        seller = replace(seller, party=party)
    return InvoiceDraft(order, seller, totals, payment_days)


def _with_compact_vat_id(party: Party) -> Party:
    """The party itself unless its VAT id is written otherwise."""
    vat_id = party.vat_id
    if not vat_id or (vat_id.isascii() and vat_id.isalnum() and vat_id.isupper()):
        return party
    return replace(party, vat_id=compact_vat_id(vat_id) or None)


def due_date(issue_date: date, payment_days: int) -> date:
    """The day by which an invoice is to be paid (EN 16931 BT-9); 0 days means the issue date.

    Raises ValueError for a negative term, OverflowError for one beyond the year 9999.
    """
    if payment_days < 0:
        raise ValueError(f"a payment term of {payment_days} days ends before the invoice")
    return issue_date + timedelta(days=payment_days)
