"""Mends a customer in the address book, and with them their open orders.

An order has its own copy of the buyer, because two guests can share a customer number. So an open
order takes what is mended only where it has what the customer had: the same name, and an address
that does not contradict the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.customers.search import get_customer, state_of
from models.database import org_transaction
from models.errors import ChangedMeanwhile, InvalidRequest
from models.invoicing.finding import Finding
from models.invoicing.source import Party, SourceOrder, is_blank
from models.orders.mending.differences import (
    Difference,
    as_dicts,
    differences_of_party,
)
from models.orders.mending.many_orders import (
    MAX_CHANGED,
    change_orders,
    check_orders,
    refuse_too_many,
)
from models.orders.mending.one_order import UNREADABLE
from models.orders.mending.tally import Tally
from models.orders.mending.values import BUYER, changed_party
from models.tables.customer import Customer
from models.tables.order import Order
from models.value_text import value_text

_ADDRESS: Final = ("street", "city", "postal_code", "country")
_OPEN: Final = ("draft", "confirmed")
_MANY: Final = "Change the customer without their open orders, then these with a filter by date."


@dataclass(slots=True)
class MendedCustomer:
    """A customer after a change, the values that cannot be stored, and what it does to orders."""

    customer: Customer
    unreadable: list[Finding] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def check_customer(
    organization_id: int, customer_id: int, given: Mapping[str, Any]
) -> MendedCustomer:
    """What the change would do; stores nothing.

    Raises `NotFound`, and `InvalidRequest` (too_many_orders_to_change).
    """
    with org_transaction(organization_id, one_moment=True) as session:
        customer = get_customer(session, customer_id)
        session.expunge(customer)
        open_orders = _open_orders(session, customer_id)
    old = party_of(customer)
    unreadable: list[Finding] = []
    new = _changed(customer, given, unreadable)
    tally = check_orders(organization_id, open_orders, _taking(old, new))
    return MendedCustomer(customer, unreadable, tally)


def mend_customer(
    organization_id: int,
    customer_id: int,
    given: Mapping[str, Any],
    author: Author,
    *,
    state: str | None = None,
    apply: bool = False,
) -> MendedCustomer:
    """Stores these values and, with `apply`, changes the customer's open orders too.

    Raises `NotFound`, `InvalidRequest` (value_unreadable, too_many_orders_to_change), and
    `ChangedMeanwhile` unless `state`, if given, is the customer's.
    """
    with org_transaction(organization_id) as session:
        customer = get_customer(session, customer_id, lock=True)
        session.expunge(customer)
        if state is not None and state != state_of(customer):
            number = customer.customer_number
            raise ChangedMeanwhile(f"Customer {number} was changed meanwhile.", customer)
        old, old_days = party_of(customer), customer.payment_days
        unreadable: list[Finding] = []
        new = _changed(customer, given, unreadable)
        if unreadable:
            raise InvalidRequest(unreadable[0].message, code=UNREADABLE, errors=unreadable)
        found = differences_of_party(old, new)
        if old_days != customer.payment_days:
            days = value_text(old_days), value_text(customer.payment_days)
            found.append(Difference("customer.payment_days", *days))
        if found:
            _store(session, organization_id, customer, found, author)
        open_orders = _open_orders(session, customer_id) if apply else ()
    # Orders are locked in transactions of their own: an import locks customers after orders.
    taking = _taking(old, new)
    tally = change_orders(organization_id, open_orders, taking, author, reason="customer")
    return MendedCustomer(customer, [], tally)


def party_of(customer: Customer) -> Party:
    """The customer as a buyer."""
    return Party(**{name: getattr(customer, name) for name in BUYER})


def _changed(customer: Customer, given: Mapping[str, Any], unreadable: list[Finding]) -> Party:
    """Changes the customer's object, and returns it as a buyer."""
    if "payment_days" in given:
        customer.payment_days = given["payment_days"]
    texts = {name: value for name, value in given.items() if name in BUYER}
    new = changed_party(party_of(customer), texts, unreadable)
    for name in BUYER:
        setattr(customer, name, getattr(new, name))
    return new


def _store(
    session: Session,
    organization_id: int,
    customer: Customer,
    found: list[Difference],
    author: Author,
) -> None:
    values = {name: getattr(customer, name) for name in (*BUYER, "payment_days")}
    # As of today, so that no older order that is imported undoes it.
    as_of = func.greatest(Customer.as_of, func.current_date())
    changed = update(Customer).where(Customer.id == customer.id).values(as_of=as_of, **values)
    session.execute(changed)
    record_act(
        session,
        organization_id,
        author,
        "customer.changed",
        customer_id=customer.id,
        customer_number=customer.customer_number,
        changes=as_dicts(found),
    )


def _open_orders(session: Session, customer_id: int) -> Sequence[int]:
    theirs = (Order.customer_id == customer_id, Order.status.in_(_OPEN))
    listed = select(Order.id).where(*theirs).order_by(Order.id).limit(MAX_CHANGED + 1)
    found = session.scalars(listed).all()
    refuse_too_many(found, "apply_to_open_orders", _MANY)
    return found


def _taking(old: Party, new: Party) -> Callable[[SourceOrder], SourceOrder]:
    """The change of an order that takes the customer's new data, where it had the old."""

    def same(buyer: Party, name: str) -> bool:
        value = getattr(buyer, name)
        return is_blank(value) or value in (getattr(old, name), getattr(new, name))

    def change(order: SourceOrder) -> SourceOrder:
        buyer = order.buyer
        if order.status not in _OPEN or not same(buyer, "name"):
            return order
        taken = {name for name in ("name", "email", "vat_id") if same(buyer, name)}
        if all(same(buyer, name) for name in _ADDRESS):
            taken |= set(_ADDRESS)
        return replace(order, buyer=replace(buyer, **{n: getattr(new, n) for n in taken}))

    return change
