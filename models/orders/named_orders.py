"""Which orders a request may name: at most `MAX_ITEMS`, each once, and all of them known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.id_arrays import IdArray, any_text_of
from models.invoicing.finding import Finding
from models.lists.paging import MAX_ID
from models.tables.order import Order

MAX_ITEMS = 200_000
# All codes that refuse a choice of orders; the type checker keeps the list complete.
ChoiceCode = Literal[
    "no_orders", "too_many_orders", "duplicate_order_ids", "unknown_order_ids", "no_orders_match"
]
_NAMED_IN_ERRORS = 10

_UNKNOWN = text(
    """
    SELECT wanted.id FROM unnest(:ids) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM orders WHERE orders.id = wanted.id)
    ORDER BY wanted.id LIMIT :limit
    """
).bindparams(bindparam("ids", type_=IdArray()))


def check_ids(order_ids: Sequence[int]) -> None:
    """Raises `InvalidRequest` (no_orders, too_many_orders, duplicate_order_ids)."""
    if not order_ids:
        raise _refused("no_orders", "No orders are named.", "Name at least one order.")
    check_count(len(order_ids))
    twice = [id_ for id_, count in Counter(order_ids).items() if count > 1]
    if twice:
        raise _refused(
            "duplicate_order_ids",
            f"{len(twice):,} {'order is' if len(twice) == 1 else 'orders are'} named more than "
            f"once: {_some(sorted(twice))}.",
            "Name each order once.",
        )


def check_count(count: int) -> None:
    """Raises `InvalidRequest` (too_many_orders)."""
    if count > MAX_ITEMS:
        raise _refused(
            "too_many_orders",
            f"A job takes at most {MAX_ITEMS:,} orders.",
            "Split the request, for example by date.",
        )


def no_orders_match() -> InvalidRequest:
    """The error for a filter that finds nothing."""
    code: ChoiceCode = "no_orders_match"
    message = "No order matches the filter."
    remedy = "Widen the filter; `status` is `confirmed` for orders that have no invoice yet."
    return InvalidRequest.of(Finding(code, message, "filter", remedy))


def check_known(session: Session, order_ids: Sequence[int]) -> None:
    """Raises `InvalidRequest` (unknown_order_ids) unless the organisation has all of them."""
    unknown = [id_ for id_ in order_ids if not 0 < id_ <= MAX_ID]
    if not unknown:
        parameters = {"ids": list(order_ids), "limit": _NAMED_IN_ERRORS + 1}
        unknown = list(session.scalars(_UNKNOWN, parameters))
    if unknown:
        raise _refused(
            "unknown_order_ids",
            f"There are no orders with these ids: {_some(unknown)}.",
            "Take the ids from GET /api/orders of the same organisation.",
        )


def order_ids_of(organization_id: int, order_numbers: Sequence[str]) -> list[int]:
    """The ids of the orders with these numbers, in the same order.

    Raises `InvalidRequest` for a number that is named twice, `NotFound` for an unknown one.
    """
    # A command's argument that is not UTF-8 cannot be an order number.
    order_numbers = [number.encode(errors="replace").decode() for number in order_numbers]
    if len(set(order_numbers)) < len(order_numbers):
        raise InvalidRequest("An order number is given more than once.")
    named = select(Order.order_number, Order.id).where(
        Order.order_number == any_text_of(order_numbers)
    )
    with org_transaction(organization_id) as session:
        ids = dict(session.execute(named).all())
    unknown = [number for number in order_numbers if number not in ids]
    if unknown:
        raise NotFound(f"There are no orders with these numbers: {_some(unknown)}.")
    return [ids[number] for number in order_numbers]


def _some(ids: Sequence[int | str]) -> str:
    named = ", ".join(str(id_) for id_ in ids[:_NAMED_IN_ERRORS])
    return f"{named} and more" if len(ids) > _NAMED_IN_ERRORS else named


def _refused(code: ChoiceCode, message: str, remedy: str) -> InvalidRequest:
    return InvalidRequest.of(Finding(code, message, "order_ids", remedy))
