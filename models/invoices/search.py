"""The list of invoices: filtered, newest first, one page at a time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.database import set_locally
from models.errors import NotFound
from models.id_arrays import any_of
from models.invoices.numbers_and_dates import SERIES
from models.lists.listing import Listing, count_rows
from models.lists.paging import MAX_ID, Page, checked_limit, decode_cursor, make_page
from models.lists.search_text import (
    BuyerColumns,
    check_dates,
    checked_text,
    known_customers,
    of_customers,
    starts_with,
)
from models.planner import PAGES
from models.tables.invoice import Invoice, InvoiceLine, InvoiceTax

_BUYER = BuyerColumns(Invoice.customer_id, Invoice.buyer["name"].astext)
_LISTING = Listing(Invoice.issue_date, Invoice.id, buyer=_BUYER)
# The writer sees to it that the year of a number is that of the issue date.
_NUMBER_OF_YEAR = re.compile(rf"{SERIES}-([0-9]{{4}})(-.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What to list; None or blank means any. All given conditions must hold.

    `customer` is a customer number, or otherwise a part of the buyer's name; `date_from` and
    `date_to` are
    issue dates, both included; `q` is the beginning of an invoice number or order number, or a
    customer as above. Raises `InvalidRequest` (`invalid_filter`) for a value that no search can
    use.
    """

    customer: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    q: str | None = None
    batch_job_id: UUID | None = None

    def __post_init__(self) -> None:
        for field in ("customer", "q"):
            object.__setattr__(self, field, checked_text(field, getattr(self, field)))
        check_dates(self.date_from, self.date_to)


def search_invoices(
    session: Session,
    wanted: InvoiceFilter,
    *,
    after: str | None = None,
    limit: int = 50,
    details: bool = False,
) -> Page[Invoice]:
    """The next page of matching invoices, the last issued first.

    With `details` lines and taxes are loaded with them. Raises `InvalidRequest` for a cursor or
    limit that cannot be used.
    """
    set_locally(session, PAGES)
    conditions = _plain_conditions(wanted)
    if after is not None:
        conditions.append(_LISTING.beyond(decode_cursor(after, date, int)))
    listed = _newest(session, wanted, conditions, checked_limit(limit) + 1)
    page = make_page(session.execute(listed).all(), limit, attrgetter("issue_date", "id"))
    found = (
        select(Invoice)
        .where(Invoice.id == any_of([row.id for row in page.items]))
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
    )
    invoices = tuple(session.scalars(found))
    if details:
        _load_details(session, invoices)
    return Page(invoices, page.next_cursor)


def count_invoices(session: Session, wanted: InvoiceFilter, *, at_most: int | None = None) -> int:
    """How many invoices match; counts no further than `at_most`."""
    if at_most is not None:
        set_locally(session, PAGES)
    conditions = _plain_conditions(wanted)
    if wanted.customer:
        conditions.append(_of(session, wanted.customer))
    alternatives: list[ColumnElement[bool]] = [true()]
    if wanted.q:
        alternatives = [
            *starts_with(Invoice.number, wanted.q),
            *starts_with(Invoice.order_number, wanted.q),
            _of(session, wanted.q),
        ]
    found = [select(Invoice.id).where(*conditions, each) for each in alternatives]
    return session.scalars(count_rows(found, at_most=at_most)).one()


def get_invoice(session: Session, invoice_id: int) -> Invoice:
    """The invoice with lines and taxes; raises `NotFound` if the organisation does not have it."""
    invoice = session.get(Invoice, invoice_id) if 0 < invoice_id <= MAX_ID else None
    if invoice is None:
        raise NotFound(f"There is no invoice with the id {invoice_id}.")
    _load_details(session, [invoice])
    return invoice


def _newest(
    session: Session, wanted: InvoiceFilter, conditions: list[ColumnElement[bool]], limit: int
) -> Select[Any]:
    if wanted.q:
        if wanted.customer:
            conditions.append(_of(session, wanted.customer))
        known = known_customers(session, wanted.q)
        of_year = _of_year(wanted.q)
        alternatives = [
            *(
                _LISTING.newest_in_range(session, numbered, conditions, limit, implied=of_year)
                for numbered in starts_with(Invoice.number, wanted.q)
            ),
            *(
                _LISTING.newest_in_range(session, numbered, conditions, limit)
                for numbered in starts_with(Invoice.order_number, wanted.q)
            ),
            _LISTING.newest_of_customers(conditions, wanted.q, known, limit),
        ]
        return _LISTING.newest_of_any(alternatives, limit)
    if wanted.customer:
        known = known_customers(session, wanted.customer)
        return _LISTING.newest_of_customers(conditions, wanted.customer, known, limit)
    return _LISTING.newest(conditions, limit)


def _plain_conditions(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.batch_job_id:
        conditions.append(Invoice.batch_job_id == wanted.batch_job_id)
    if wanted.date_from:
        conditions.append(Invoice.issue_date >= wanted.date_from)
    if wanted.date_to:
        conditions.append(Invoice.issue_date <= wanted.date_to)
    return conditions


def _of_year(number: str) -> list[ColumnElement[bool]]:
    """The range of issue dates that the beginning of an invoice's number implies, if any."""
    found = _NUMBER_OF_YEAR.fullmatch(number)
    if found is None or int(found[1]) == 0:
        return []
    year = int(found[1])
    return [Invoice.issue_date.between(date(year, 1, 1), date(year, 12, 31))]


def _of(session: Session, customer: str) -> ColumnElement[bool]:
    return of_customers(_BUYER, customer, known_customers(session, customer))


def _load_details(session: Session, invoices: Sequence[Invoice]) -> None:
    """Loads the lines and the taxes of the invoices, with one statement each."""
    ids = any_of([invoice.id for invoice in invoices])
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == ids)):
        lines[line.invoice_id].append(line)
    taxes: dict[int, list[InvoiceTax]] = defaultdict(list)
    for tax in session.scalars(select(InvoiceTax).where(InvoiceTax.invoice_id == ids)):
        taxes[tax.invoice_id].append(tax)
    for invoice in invoices:
        in_order = sorted(lines[invoice.id], key=attrgetter("line_number"))
        set_committed_value(invoice, "lines", in_order)
        by_rate = sorted(taxes[invoice.id], key=attrgetter("category", "percent"))
        set_committed_value(invoice, "taxes", by_rate)
