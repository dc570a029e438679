"""Customers, as the API answers them."""

from __future__ import annotations

from typing import ClassVar

from web.api.schemas.base import Count, Exact, Finding, Id, Shape


class CustomerShape(Shape):
    """A customer in the address book; an order has its own copy of the address."""

    answers_ids: ClassVar = {"customer_id": "id"}
    id: Id
    customer_number: str
    name: str
    email: str | None
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    payment_days: int | None


class FreedMoney(Shape):
    """What some orders come to with tax, in one currency."""

    currency: str
    orders: Count
    gross: Exact


class CustomerCheck(Shape):
    """What it would do to the customer's open orders if they took the customer's new data.

    `open_orders` are confirmed or drafts; `differing` of them would change. Of those,
    `freed_orders` cannot be invoiced now and could be then, over `frees`, and `blocked_orders` the
    other way round. `unreadable` are values that cannot be stored.
    """

    customer: CustomerShape
    unreadable: list[Finding]
    open_orders: Count
    differing: Count
    freed_orders: Count
    frees: list[FreedMoney]
    blocked_orders: Count


class ChangedCustomer(Shape):
    """A customer after a change, and what it did to the customer's open orders."""

    answers_ids: ClassVar = {"customer_id": "customer/id"}
    customer: CustomerShape
    orders_changed: Count
    freed_orders: Count
    frees: list[FreedMoney]
