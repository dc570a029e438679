"""Finds customers in the address book."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.lists.paging import MAX_ID, Page, checked_limit, decode_cursor, make_page
from models.lists.search_text import checked_text, customers_select
from models.tables.customer import Customer

FIELDS: Final = (
    "customer_number",
    "name",
    "email",
    "street",
    "city",
    "postal_code",
    "country",
    "vat_id",
    "payment_days",
)


def search_customers(
    session: Session, q: str | None = None, *, after: str | None = None, limit: int = 50
) -> Page[Customer]:
    """The next page of customers, newest first; `q` is a number, or otherwise a part of the name.

    Raises `InvalidRequest` for a cursor, limit or text that cannot be used.
    """
    listed = select(Customer)
    if wanted := checked_text("q", q):
        meant = customers_select(wanted).subquery()
        listed = listed.where(Customer.id.in_(select(meant.c.id)))
    if after is not None:
        listed = listed.where(Customer.id < decode_cursor(after, int)[0])
    rows = session.scalars(listed.order_by(Customer.id.desc()).limit(checked_limit(limit) + 1))
    return make_page(rows.all(), limit, lambda customer: (customer.id,))


def get_customer(session: Session, customer_id: int, *, lock: bool = False) -> Customer:
    """With `lock` it stays as it is until the transaction ends. Raises `NotFound`."""
    wanted = select(Customer).where(Customer.id == customer_id)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    found = session.scalar(wanted) if 0 < customer_id <= MAX_ID else None
    if found is None:
        raise NotFound(f"There is no customer with id {customer_id}.")
    return found


def state_of(customer: Customer) -> str:
    """A short text that differs for each state of the customer: its `ETag`."""
    values = json.dumps([getattr(customer, name) for name in FIELDS])
    return blake2b(values.encode(), digest_size=12).hexdigest()
