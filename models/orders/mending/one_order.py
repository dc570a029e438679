"""Mends one order: checks a change without storing it, or stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import ChangedMeanwhile, InvalidRequest, OrderInvoiced
from models.invoicing.finding import Finding
from models.invoicing.source import SourceOrder
from models.order_import.importer import defaults_of
from models.orders.mending.checked_order import CheckedOrder, checked, load_order
from models.orders.mending.differences import differences
from models.orders.mending.values import changed_order
from models.orders.mending.writing import Mended, store
from models.orders.rule_book import RuleBook, load_rules

UNREADABLE = "value_unreadable"


@dataclass(frozen=True, slots=True)
class CheckedChange:
    """An order as it would be, and the values that cannot be stored."""

    checked: CheckedOrder
    unreadable: list[Finding]


def check_change(organization_id: int, order_id: int, given: Mapping[str, Any]) -> CheckedChange:
    """What the order would be with these values; stores nothing. Raises `NotFound`."""
    defaults = defaults_of(organization_id)
    with org_transaction(organization_id, one_moment=True) as session:
        order, unreadable = changed_order(load_order(session, order_id), given, defaults)
        rules = load_rules(session, organization_id)
        return CheckedChange(checked(session, order, rules), unreadable)


def mend_order(
    organization_id: int,
    order_id: int,
    given: Mapping[str, Any],
    author: Author,
    *,
    revision: str | None = None,
) -> CheckedOrder:
    """Stores these values and returns the order.

    An order that waits in a running job can be mended: the job reads it under a lock. Raises
    `NotFound`, `OrderInvoiced`, `InvalidRequest` (value_unreadable) for values that cannot be
    stored, and `ChangedMeanwhile` unless `revision`, if given, is the order's.
    """
    defaults = defaults_of(organization_id)
    with org_transaction(organization_id) as session:
        before = load_order(session, order_id, lock=True)
        rules = load_rules(session, organization_id)
        now = checked(session, before, rules)
        if revision is not None and revision != str(now.revision):
            raise ChangedMeanwhile(f"Order {before.order_number} was changed meanwhile.", now)
        refuse_invoiced(before)
        after, unreadable = changed_order(before, given, defaults)
        if unreadable:
            raise InvalidRequest(unreadable[0].message, code=UNREADABLE, errors=unreadable)
        return _stored(session, organization_id, before, after, rules, author)


def refuse_invoiced(order: SourceOrder) -> None:
    """Raises `OrderInvoiced` for an order that has its invoice."""
    if order.status == "invoiced":
        number = f" as {order.invoice_number}" if order.invoice_number else ""
        raise OrderInvoiced(f"Order {order.order_number} has already been invoiced{number}.")


def _stored(
    session: Session,
    organization_id: int,
    before: SourceOrder,
    after: SourceOrder,
    rules: RuleBook,
    author: Author,
) -> CheckedOrder:
    result = checked(session, after, rules)
    found = differences(before, after)
    if not found:
        return result
    mended = Mended(before, after, found, result.attention)
    store(session, organization_id, author, [mended], stamp=rules.stamp, reason="order")
    return replace(result, revision=result.revision + 1)
