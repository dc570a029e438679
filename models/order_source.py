"""Orders as the rules of invoicing see them, read in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from models.customer import Customer
from models.invoice import Invoice
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.order import Order, OrderLine
from models.organization import Organization

_IDS = bindparam("ids", type_=ARRAY(BigInteger))

# Looked up one by one, which OFFSET 0 sees to: to a planner that knows nothing of new tables, going
# through all customers and their orders looks as good as 64 lookups.
_asked = func.unnest(_IDS).table_valued("id").render_derived("asked")
_order = (
    select(
        Order.id,
        Order.order_number,
        Order.order_date,
        Order.status,
        Order.currency,
        Order.customer_id,
    )
    .where(Order.id == _asked.c.id)
    .offset(0)
    .lateral("o")
)
_customer = (
    select(
        Customer.name,
        Customer.street,
        Customer.city,
        Customer.postal_code,
        Customer.country,
        Customer.vat_id,
        Customer.email,
        Customer.payment_days,
        Customer.customer_number,
    )
    .where(Customer.id == _order.c.customer_id)
    .offset(0)
    .lateral("c")
)
# Columns and no entities: an entity costs more to make than all that is done with it here.
_ORDERS = (
    select(*_order.c, *_customer.c).select_from(_asked).join(_order, true()).join(_customer, true())
)
_locked = (
    select(Order.id)
    .where(Order.id == _asked.c.id)
    .offset(0)
    # Not against references: a new job may name the orders meanwhile.
    .with_for_update(key_share=True)
    .lateral("locked")
)
_LOCKED = select(_locked.c.id).select_from(_asked).join(_locked, true())
_LINES = (
    select(
        OrderLine.order_id,
        OrderLine.line_number,
        OrderLine.sku,
        OrderLine.description,
        OrderLine.quantity,
        OrderLine.unit,
        OrderLine.unit_price,
        OrderLine.discount_percent,
        OrderLine.tax_category,
        OrderLine.tax_percent,
    )
    .where(OrderLine.order_id == any_(_IDS))
    .order_by(OrderLine.order_id, OrderLine.line_number)
)
_NUMBERS = select(Invoice.order_id, Invoice.number).where(Invoice.order_id == any_(_IDS))


def load_orders(
    session: Session, order_ids: Sequence[int], *, lock: bool = False
) -> dict[int, SourceOrder]:
    """The orders by id, without those that the organisation does not have.

    With `lock` the orders stay as they are until the transaction ends; they are locked in the
    order of their ids, so that two groups with orders in common cannot deadlock.
    """
    ids = {"ids": sorted(order_ids)}
    if lock:
        # In a statement of its own: what is read after it is what the last writer left, customers
        # and lines included.
        session.execute(_LOCKED, ids)
    found = session.execute(_ORDERS, ids).all()
    lines = _lines_by_order(session.execute(_LINES, ids))
    invoiced = [row.id for row in found if row.status == "invoiced"]
    numbers: dict[int, str] = {}
    if invoiced:
        numbers = {row.order_id: row.number for row in session.execute(_NUMBERS, {"ids": invoiced})}
    return {row.id: _source_order(row, lines[row.id], numbers.get(row.id)) for row in found}


def load_seller(session: Session, organization_id: int) -> Seller:
    """The organisation as the seller of its invoices."""
    organization = session.get_one(Organization, organization_id)
    return Seller(
        party=Party(
            name=organization.name,
            street=organization.street,
            city=organization.city,
            postal_code=organization.postal_code,
            country=organization.country,
            vat_id=organization.vat_id,
        ),
        payment_days=organization.payment_days,
    )


def _lines_by_order(rows: Iterable[Sequence[Any]]) -> dict[int, list[SourceLine]]:
    lines: dict[int, list[SourceLine]] = defaultdict(list)
    for order_id, *fields in rows:
        lines[order_id].append(SourceLine(*fields))
    return lines


def _source_order(row: Any, lines: Sequence[SourceLine], invoice_number: str | None) -> SourceOrder:
    return SourceOrder(
        id=row.id,
        order_number=row.order_number,
        order_date=row.order_date,
        status=row.status,
        currency=row.currency,
        customer_id=row.customer_id,
        buyer=Party(
            name=row.name,
            street=row.street,
            city=row.city,
            postal_code=row.postal_code,
            country=row.country,
            vat_id=row.vat_id,
            email=row.email,
        ),
        payment_days=row.payment_days,
        lines=tuple(lines),
        invoice_number=invoice_number,
        customer_number=row.customer_number,
    )
