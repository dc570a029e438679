"""Sorts orders into drafts of invoices and refusals, before a number is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from models.invoicing.draft import InvoiceDraft, draft_invoice
from models.invoicing.finding import Finding
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.validation import examine


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that gets no invoice, with every rule it breaks; the first is reported."""

    order: SourceOrder
    findings: Sequence[Finding]


def draft_orders(
    orders: Iterable[SourceOrder], seller: Seller, today: date
) -> tuple[list[InvoiceDraft], list[Refusal]]:
    """Sorts orders into drafts to be written and refusals with their reasons, as of `today`."""
    drafts: list[InvoiceDraft] = []
    refusals: list[Refusal] = []
    for order in orders:
        examined = examine(order, seller, today)
        if examined.findings:
            refusals.append(Refusal(order, examined.findings))
        else:
            drafts.append(draft_invoice(order, seller, examined.totals))
    return drafts, refusals
