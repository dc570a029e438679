"""Orders as the rules of invoicing see them, read in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import any_, bindparam, func, select, true
from sqlalchemy.orm import Session

from models.id_arrays import IdArray
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.tables.customer import Customer
from models.tables.invoice import Invoice
from models.tables.order import Order, OrderLine
from models.tables.organization import Organization

# The tables' columns and not the entities', whose statements would go through the ORM: building an
# entity costs more than all the work on it here.
_ORDER, _LINE_OF = Order.__table__.c, OrderLine.__table__.c
_CUSTOMER, _INVOICES = Customer.__table__.c, Invoice.__table__.c
_SELLER_OF = Organization.__table__.c

_IDS = bindparam("ids", type_=IdArray())

# `offset(0)` is `planner.FENCE`: without it the planner may read all customers and their orders.
_asked = func.unnest(_IDS).table_valued("id").render_derived("asked")
_order = (
    select(
        _ORDER.id,
        _ORDER.order_number,
        _ORDER.order_date,
        _ORDER.status,
        _ORDER.currency,
        _ORDER.customer_id,
        _ORDER.expected_gross,
        _ORDER.buyer_name,
        _ORDER.buyer_street,
        _ORDER.buyer_city,
        _ORDER.buyer_postal_code,
        _ORDER.buyer_country,
        _ORDER.buyer_vat_id,
        _ORDER.buyer_email,
    )
    .where(_ORDER.id == _asked.c.id)
    .offset(0)
    .lateral("o")
)
_customer = (
    select(
        _CUSTOMER.payment_days,
        _CUSTOMER.customer_number,
    )
    .where(_CUSTOMER.id == _order.c.customer_id)
    .offset(0)
    .lateral("c")
)
_ORDERS = (
    select(*_order.c, *_customer.c).select_from(_asked).join(_order, true()).join(_customer, true())
)
_locked = (
    select(_ORDER.id)
    .where(_ORDER.id == _asked.c.id)
    .offset(0)
    # A weaker lock than FOR UPDATE: a new job may refer to the orders meanwhile.
    .with_for_update(key_share=True)
    .lateral("locked")
)
_LOCKED = select(_locked.c.id).select_from(_asked).join(_locked, true())
_LINES = (
    select(
        _LINE_OF.order_id,
        _LINE_OF.line_number,
        _LINE_OF.sku,
        _LINE_OF.description,
        _LINE_OF.quantity,
        _LINE_OF.unit,
        _LINE_OF.unit_price,
        _LINE_OF.discount_percent,
        _LINE_OF.tax_category,
        _LINE_OF.tax_percent,
        _LINE_OF.row_type,
        _LINE_OF.unit_price_gross,
    )
    .where(_LINE_OF.order_id == any_(_IDS))
    .order_by(_LINE_OF.order_id, _LINE_OF.line_number)
)
_NUMBERS = select(_INVOICES.order_id, _INVOICES.number).where(_INVOICES.order_id == any_(_IDS))
_SELLER = select(
    _SELLER_OF.name,
    _SELLER_OF.street,
    _SELLER_OF.city,
    _SELLER_OF.postal_code,
    _SELLER_OF.country,
    _SELLER_OF.vat_id,
    _SELLER_OF.payment_days,
    _SELLER_OF.tax_number,
    _SELLER_OF.allow_zero_totals,
    _SELLER_OF.order_date_days_ahead,
).where(_SELLER_OF.id == bindparam("organization_id"))


def load_orders(
    session: Session, order_ids: Sequence[int], *, lock: bool = False
) -> dict[int, SourceOrder]:
    """The orders by id, without those that the organisation does not have.

    The buyer is the order's own; of the customer's record only number and payment term are read.

    With `lock` the orders stay as they are until the transaction ends; they are locked in the
    order of their ids, so that two groups with orders in common cannot deadlock.
    """
    ids = {"ids": sorted(order_ids)}
    if lock:
        # Locking is a separate statement: the next ones then read what the last writer committed,
        # customers and lines included.
        session.execute(_LOCKED, ids)
    found = session.execute(_ORDERS, ids).all()
    lines = _lines_by_order(session.execute(_LINES, ids).all())
    invoiced = [row.id for row in found if row.status == "invoiced"]
    numbers: dict[int, str] = {}
    if invoiced:
        numbers = {row.order_id: row.number for row in session.execute(_NUMBERS, {"ids": invoiced})}
    return {row.id: _source_order(row, lines[row.id], numbers.get(row.id)) for row in found}


def load_seller(session: Session, organization_id: int) -> Seller:
    """The organisation as the seller of its invoices."""
    organization = session.execute(_SELLER, {"organization_id": organization_id}).one()
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
        tax_number=organization.tax_number,
        allow_zero_totals=organization.allow_zero_totals,
        order_date_days_ahead=organization.order_date_days_ahead,
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
            name=row.buyer_name,
            street=row.buyer_street,
            city=row.buyer_city,
            postal_code=row.buyer_postal_code,
            country=row.buyer_country,
            vat_id=row.buyer_vat_id,
            email=row.buyer_email,
        ),
        payment_days=row.payment_days,
        lines=tuple(lines),
        invoice_number=invoice_number,
        customer_number=row.customer_number,
        expected_gross=row.expected_gross,
    )
