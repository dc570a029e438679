"""Writes a group of drafted invoices: one range of numbers, a fixed number of statements."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from models.id_arrays import IdArray
from models.invoices.bulk_insert import BulkInsert, row_of
from models.invoices.numbers_and_dates import SERIES, take_numbers
from models.invoicing.draft import InvoiceDraft, due_date
from models.invoicing.source import Party, Seller, SourceLine
from models.invoicing.tax_amounts import TaxSubtotal
from models.planner import FENCE
from models.tables.invoice import Invoice, InvoiceLine, InvoiceTax

_party = row_of(Party)
_line = row_of(SourceLine)
_subtotal = row_of(TaxSubtotal)

_INVOICES = BulkInsert(
    Invoice,
    [
        "organization_id",
        "series",
        "year",
        "order_id",
        "order_number",
        "order_date",
        "customer_id",
        "customer_number",
        "batch_job_id",
        "created_by",
        "issue_date",
        "due_date",
        "payment_days",
        "currency",
        "net",
        "tax",
        "gross",
        "rounding",
        "seller",
        "buyer",
    ],
    late=["id", "number", "sequence"],
)
_LINES = BulkInsert(
    InvoiceLine,
    [
        "organization_id",
        "line_number",
        "sku",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount_percent",
        "tax_category",
        "tax_percent",
        "row_type",
        "unit_price_gross",
        "net",
    ],
    late=["invoice_id"],
)
_TAXES = BulkInsert(
    InvoiceTax,
    ["organization_id", "category", "percent", "taxable", "tax", "reason"],
    late=["invoice_id"],
)
# The orders are looked up and then changed by ctid, which is safe for rows that the caller has
# locked. The planner estimates ten rows for a ctid array. For a join it walked through all 6,000
# orders of a small organisation, and for `id = ANY(:ids)` through all of a large one.
_MARK_ORDERS = text(
    f"""
    UPDATE orders SET status = 'invoiced', revision = revision + 1
    WHERE ctid = ANY(ARRAY(
        SELECT found.ctid FROM unnest(:ids) AS wanted (id), LATERAL (
            SELECT ctid FROM orders WHERE orders.id = wanted.id {FENCE}) AS found))
    RETURNING id
    """  # noqa: S608 - the fence is ours
).bindparams(bindparam("ids", type_=IdArray()))


@dataclass(frozen=True, slots=True)
class Issue:
    """What the invoices have in common: organisation, user, the day (`TODAY`), the job if any."""

    organization_id: int
    user_id: int
    today: date
    batch_job_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice that was just written."""

    id: int
    order_id: int
    number: str


def write_invoices(
    session: Session, issue: Issue, drafts: Sequence[InvoiceDraft]
) -> list[IssuedInvoice]:
    """Numbers and writes `drafts` and marks their orders as invoiced.

    The caller has locked the orders and validated them. Its commit makes everything visible, and
    its rollback undoes everything, numbers included. An order that already has an invoice raises
    `sqlalchemy.exc.IntegrityError`.
    """
    if not drafts:
        return []
    _mark_invoiced(session, [draft.order.id for draft in drafts])
    # Taking numbers locks the series until the commit: whatever needs no number is done first.
    invoices = _INVOICES.prepare(_invoices(issue, issue.today, drafts))
    lines = _LINES.prepare(_lines(issue, drafts))
    taxes = _TAXES.prepare(_taxes(issue, drafts))
    taken = take_numbers(session, issue.organization_id, issue.today, len(drafts))
    if taken.issue_date != issue.today:
        invoices = _INVOICES.prepare(_invoices(issue, taken.issue_date, drafts))
    _INVOICES.write(
        session,
        invoices,
        id=taken.ids,
        number=[str(number) for number in taken.numbers],
        sequence=[number.sequence for number in taken.numbers],
    )
    _LINES.write(session, lines, invoice_id=taken.ids)
    _TAXES.write(session, taxes, invoice_id=taken.ids)
    return [
        IssuedInvoice(id_, draft.order.id, str(number))
        for id_, number, draft in zip(taken.ids, taken.numbers, drafts, strict=True)
    ]


def _mark_invoiced(session: Session, order_ids: Sequence[int]) -> None:
    marked = session.scalars(_MARK_ORDERS, {"ids": order_ids}).all()
    if len(marked) != len(order_ids):
        raise RuntimeError(f"{len(marked)} of {len(order_ids)} orders were found")


def _invoices(
    issue: Issue, issue_date: date, drafts: Sequence[InvoiceDraft]
) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "organization_id": issue.organization_id,
            "series": SERIES,
            "year": issue.today.year,
            "order_id": draft.order.id,
            "order_number": draft.order.order_number,
            "order_date": draft.order.order_date,
            "customer_id": draft.order.customer_id,
            "customer_number": draft.order.customer_number,
            "batch_job_id": issue.batch_job_id,
            "created_by": issue.user_id,
            "issue_date": issue_date,
            "due_date": due_date(issue_date, draft.payment_days),
            "payment_days": draft.payment_days,
            "currency": draft.totals.currency,
            "net": draft.totals.net,
            "tax": draft.totals.tax,
            "gross": draft.totals.gross,
            "rounding": draft.totals.rounding,
            "seller": _seller(draft.seller),
            "buyer": _party(draft.order.buyer),
        }
        for place, draft in enumerate(drafts, 1)
    ]


def _seller(seller: Seller) -> dict[str, Any]:
    return {**_party(seller.party), "tax_number": seller.tax_number}


def _lines(issue: Issue, drafts: Sequence[InvoiceDraft]) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "organization_id": issue.organization_id,
            **_line(total.line),
            "net": total.net,
        }
        for place, draft in enumerate(drafts, 1)
        for total in draft.totals.lines
    ]


def _taxes(issue: Issue, drafts: Sequence[InvoiceDraft]) -> list[dict[str, Any]]:
    return [
        {"place": place, "organization_id": issue.organization_id, **_subtotal(subtotal)}
        for place, draft in enumerate(drafts, 1)
        for subtotal in draft.totals.tax_breakdown
    ]
