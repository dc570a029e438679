"""Finds orders: filtered, newest first, a page at a time.

The list, the count and the batch job of "all that match" share one condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal_column, or_, select, true
from sqlalchemy.orm import Session

from models.database import set_locally
from models.errors import NotFound
from models.id_arrays import any_of
from models.invoicing.finding import Finding
from models.invoicing.source import SourceOrder
from models.invoicing.totals import Totals, totals_or_none
from models.lists.listing import Listing, count_rows
from models.lists.paging import MAX_ID, Page, checked_limit, decode_cursor, make_page
from models.lists.search_text import (
    BuyerColumns,
    KnownCustomers,
    check_dates,
    checked_text,
    invalid_filter,
    known_customers,
    of_customers,
    starts_with,
)
from models.orders.loading import load_orders
from models.planner import PAGES
from models.tables.invoice import Invoice
from models.tables.order import ORDER_STATUSES, Order

_BY_DATE = (Order.order_date, Order.id)
_BUYER = BuyerColumns(Order.customer_id, Order.buyer_name)
_LISTING = Listing(*_BY_DATE, buyer=_BUYER, split=(Order.status, ORDER_STATUSES))
_LISTING_OF_STATUS = Listing(*_BY_DATE, buyer=_BUYER)

# Confirmed orders that could not be invoiced (models/orders/attention.py).
NEEDS_ATTENTION: Final = "needs_attention"
LISTED_STATUSES: Final = (*ORDER_STATUSES, NEEDS_ATTENTION)
_HAS_REASON = Order.attention_code.is_not(None)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; None or blank means any, and all given conditions must hold.

    `customer` is a customer number, or otherwise a part of the buyer's name; `date_from` and
    `date_to` are
    order dates, both included; `q` is the beginning of an order number, or a customer as above.
    Raises `InvalidRequest` (`invalid_filter`) for a value that no search can use.
    """

    status: str | None = None
    customer: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    q: str | None = None

    def __post_init__(self) -> None:
        for field in ("status", "customer", "q"):
            object.__setattr__(self, field, checked_text(field, getattr(self, field)))
        if self.status is not None and self.status not in LISTED_STATUSES:
            remedy = f"Use one of {', '.join(LISTED_STATUSES)}."
            raise invalid_filter("status", f"is “{self.status}”, which no order can have", remedy)
        check_dates(self.date_from, self.date_to)


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order, the amounts that its invoice has or would have, and the id of its invoice, if any.

    `totals` is None if the amounts cannot be computed, because the currency is unknown.
    `attention` is why a confirmed order cannot be invoiced, as of the last check.
    """

    order: SourceOrder
    totals: Totals | None
    invoice_id: int | None
    attention: Finding | None = None


def search_orders(
    session: Session, wanted: OrderFilter, *, after: str | None = None, limit: int = 50
) -> Page[FoundOrder]:
    """The next page of matching orders, by order date and id, newest first.

    Raises `InvalidRequest` for a cursor or limit that cannot be used.
    """
    set_locally(session, PAGES)
    conditions = _plain_conditions(wanted)
    if after is not None:
        conditions.append(_LISTING.beyond(decode_cursor(after, date, int)))
    listed = _newest(session, wanted, conditions, checked_limit(limit) + 1)
    page = make_page(session.execute(listed).all(), limit, attrgetter("order_date", "id"))
    return Page(_loaded(session, [row.id for row in page.items]), page.next_cursor)


def count_orders(session: Session, wanted: OrderFilter, *, at_most: int | None = None) -> int:
    """How many orders match; counts no further than `at_most`."""
    if at_most is not None:
        set_locally(session, PAGES)
    of_customer, of_q = _known(session, wanted)
    conditions = _plain_conditions(wanted)
    if wanted.customer:
        conditions.append(of_customers(_BUYER, wanted.customer, of_customer))
    found = [select(Order.id).where(*conditions, each) for each in _alternatives(wanted, of_q)]
    return session.scalars(count_rows(found, at_most=at_most)).one()


def any_orders(session: Session) -> bool:
    """Whether the organisation has any order at all."""
    return session.scalar(select(Order.id).limit(1)) is not None


def oldest_matching(session: Session, wanted: OrderFilter) -> Select[int, date]:
    """A SELECT of id and date of all matching orders, oldest first, for INSERT ... SELECT."""
    of_customer, of_q = _known(session, wanted)
    conditions = _plain_conditions(wanted)
    if wanted.customer:
        conditions.append(of_customers(_BUYER, wanted.customer, of_customer))
    matching = or_(*_alternatives(wanted, of_q))
    listed = select(Order.id, Order.order_date).where(*conditions, matching)
    return listed.order_by(Order.order_date, Order.id)


def get_order(session: Session, order_id: int) -> FoundOrder:
    """Raises `NotFound` when there is none, or it is another organisation's."""
    found = _loaded(session, [order_id]) if 0 < order_id <= MAX_ID else ()
    if not found:
        raise NotFound(f"There is no order with the id {order_id}.")
    return found[0]


def _newest(
    session: Session, wanted: OrderFilter, conditions: list[ColumnElement[bool]], limit: int
) -> Select[Any]:
    of_customer, of_q = _known(session, wanted)
    listing = _LISTING_OF_STATUS if wanted.status else _LISTING
    if wanted.q:
        if wanted.customer:
            conditions.append(of_customers(_BUYER, wanted.customer, of_customer))
        alternatives = [
            *(
                listing.newest_in_range(session, numbered, conditions, limit)
                for numbered in starts_with(Order.order_number, wanted.q)
            ),
            listing.newest_of_customers(conditions, wanted.q, of_q, limit),
        ]
        return listing.newest_of_any(alternatives, limit)
    if wanted.customer:
        return listing.newest_of_customers(conditions, wanted.customer, of_customer, limit)
    return listing.newest(conditions, limit)


def _alternatives(wanted: OrderFilter, of_q: KnownCustomers | None) -> list[ColumnElement[bool]]:
    """What `q` can mean; an order matches if it meets any of these."""
    if not wanted.q:
        return [true()]
    numbered = starts_with(Order.order_number, wanted.q)
    return [*numbered, of_customers(_BUYER, wanted.q, of_q)]


def _known(
    session: Session, wanted: OrderFilter
) -> tuple[KnownCustomers | None, KnownCustomers | None]:
    """The customers that `customer` and `q` mean; None for each that means too many."""
    return (
        known_customers(session, wanted.customer) if wanted.customer else None,
        known_customers(session, wanted.q) if wanted.q else None,
    )


def _plain_conditions(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status == NEEDS_ATTENTION:
        conditions += [Order.status == literal_column("'confirmed'"), _HAS_REASON]
    elif wanted.status:
        conditions.append(Order.status == wanted.status)
    if wanted.date_from:
        conditions.append(Order.order_date >= wanted.date_from)
    if wanted.date_to:
        conditions.append(Order.order_date <= wanted.date_to)
    return conditions


def _loaded(session: Session, ids: Sequence[int]) -> tuple[FoundOrder, ...]:
    """The orders in the order of `ids`, in a fixed number of statements."""
    loaded = load_orders(session, ids)
    orders = [loaded[order_id] for order_id in ids if order_id in loaded]
    invoiced = [order.id for order in orders if order.invoice_number is not None]
    invoices: dict[int, int] = {}
    if invoiced:
        numbered = select(Invoice.order_id, Invoice.id).where(Invoice.order_id == any_of(invoiced))
        invoices = dict(session.execute(numbered).all())
    reasons = _reasons(session, ids)
    return tuple(
        FoundOrder(
            order,
            totals_or_none(order.lines, order.currency),
            invoices.get(order.id),
            reasons.get(order.id),
        )
        for order in orders
    )


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, Finding]:
    """Why each of these orders needs attention, of those that do."""
    rows = session.execute(
        select(
            Order.id,
            Order.attention_code,
            Order.attention_message,
            Order.attention_field,
            Order.attention_remedy,
        ).where(Order.id == any_of(ids), Order.status == "confirmed", _HAS_REASON)
    )
    return {id_: Finding(*(text or "" for text in reason)) for id_, *reason in rows}
