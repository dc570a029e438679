"""Orders as the rules of invoicing see them, read in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from models.customer import Customer
from models.invoice import Invoice
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.order import Order, OrderLine
from models.organization import Organization

_IDS = bindparam("ids", type_=ARRAY(BigInteger))

_ORDERS = (
    select(Order, Customer)
    .join(Customer, Customer.id == Order.customer_id)
    .where(Order.id == any_(_IDS))
    .order_by(Order.id)
)
# Not against references: a new job may name the orders meanwhile.
_LOCKED = (
    select(Order.id)
    .where(Order.id == any_(_IDS))
    .order_by(Order.id)
    .with_for_update(key_share=True)
)
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
    ids = {"ids": list(order_ids)}
    if lock:
        # In a statement of its own: what is read after it is what the last writer left, customers
        # and lines included.
        session.execute(_LOCKED, ids)
    found = session.execute(_ORDERS, ids, execution_options={"populate_existing": True}).all()
    lines = _lines_by_order(session.execute(_LINES, ids))
    invoiced = [order.id for order, _ in found if order.status == "invoiced"]
    numbers: dict[int, str] = {}
    if invoiced:
        numbers = {row.order_id: row.number for row in session.execute(_NUMBERS, {"ids": invoiced})}
    return {
        order.id: _source_order(order, customer, lines[order.id], numbers.get(order.id))
        for order, customer in found
    }


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


def _source_order(
    order: Order, customer: Customer, lines: Sequence[SourceLine], invoice_number: str | None
) -> SourceOrder:
    return SourceOrder(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date,
        status=order.status,
        currency=order.currency,
        customer_id=order.customer_id,
        buyer=Party(
            name=customer.name,
            street=customer.street,
            city=customer.city,
            postal_code=customer.postal_code,
            country=customer.country,
            vat_id=customer.vat_id,
            email=customer.email,
        ),
        payment_days=customer.payment_days,
        lines=tuple(lines),
        invoice_number=invoice_number,
        customer_number=customer.customer_number,
    )
