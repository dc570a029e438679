"""Writes about a thousand orders of a file in a few statements of one transaction.

It first reads what is stored and compares it with the file, so that it writes only differences. It
locks rows in the order of their ids and inserts them in the order of their numbers, so that two
imports wait for each other and cannot deadlock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from models import planner
from models.database import set_locally
from models.invoicing.finding import Finding
from models.order_import import statements as sql
from models.order_import.address_book import write_customers
from models.order_import.as_invoiced import source_order
from models.order_import.changes import CustomerChange, OrderChange
from models.order_import.csv_file.order import FileOrder, Head
from models.order_import.overtaken import Overtaken
from models.order_import.returning_orders import NOTHING, Allowed, ReturningOrder, compare_orders
from models.order_import.stored_orders import load_stored
from models.orders.attention import store_reasons
from models.orders.rule_book import RuleBook, load_rules


@dataclass(slots=True)
class BatchOutcome:
    """The outcome of each order of a batch, and what the batch changed.

    `rejected` are stored orders that stay as they are, each with the reason.
    """

    created: list[FileOrder]
    updated: list[FileOrder] = field(default_factory=list)
    unchanged: list[FileOrder] = field(default_factory=list)
    rejected: list[tuple[FileOrder, Finding]] = field(default_factory=list)
    changes: list[OrderChange] = field(default_factory=list)
    customer_changes: list[CustomerChange] = field(default_factory=list)
    customers_created: int = 0
    customers_updated: int = 0

    def add(self, returning: ReturningOrder) -> None:
        """Adds an order that is stored already."""
        if returning.refusal is not None:
            self.rejected.append((returning.order, returning.refusal))
        elif returning.is_updated:
            self.updated.append(returning.order)
        else:
            self.unchanged.append(returning.order)
        if change := returning.change:
            self.changes.append(change)

    @property
    def wrote_something(self) -> bool:
        """Whether the batch changed the database."""
        customers = self.customers_created or self.customers_updated
        return bool(self.created or self.updated or customers)


def write_batch(
    session: Session,
    organization_id: int,
    orders: Sequence[tuple[FileOrder, Head]],
    allowed: Allowed = NOTHING,
) -> BatchOutcome:
    """Creates the new orders and updates the changed ones that are not invoiced.

    A customer's record takes the buyer of its newest order. Raises `Overtaken`.
    """
    set_locally(session, planner.IMPORT)
    stored = load_stored(session, [order.number for order, _ in orders])
    new = [pair for pair in orders if pair[0].number not in stored]
    outcome = BatchOutcome(created=[order for order, _ in new])
    returning = {
        each.order.number: each for each in compare_orders(session, orders, stored, allowed)
    }
    for each in returning.values():
        outcome.add(each)
    updated = [(each.order, each.head) for each in returning.values() if each.is_updated]
    accepted = _accepted(orders, returning)
    book = write_customers(session, organization_id, accepted)
    outcome.customers_created, outcome.customers_updated = book.created, book.updated
    outcome.customer_changes = book.changes
    rules = load_rules(session, organization_id)
    ids = _insert_orders(session, organization_id, new, book.ids, rules.stamp)
    ids |= {order.number: stored[order.number].id for order, _ in updated}
    _update_orders(session, updated, book.ids, ids)
    _insert_lines(session, organization_id, [order for order, _ in (*new, *updated)], ids)
    _mark(session, rules, new, updated, ids)
    return outcome


def _mark(
    session: Session,
    rules: RuleBook,
    new: Sequence[tuple[FileOrder, Head]],
    updated: Sequence[tuple[FileOrder, Head]],
    ids: Mapping[str, int],
) -> None:
    """Stores why orders need attention. New ones have the stamp already, and most no reason."""
    reasons = {
        ids[order.number]: rules.attention(source_order(ids[order.number], order, head))
        for order, head in (*new, *updated)
    }
    known = {ids[order.number] for order, _ in updated}
    wanted = {id_: why for id_, why in reasons.items() if why is not None or id_ in known}
    store_reasons(session, rules.stamp, wanted)


def _accepted(
    orders: Sequence[tuple[FileOrder, Head]], returning: Mapping[str, ReturningOrder]
) -> list[tuple[FileOrder, Head]]:
    """The orders whose buyers go into the address book, with mended values where these are kept."""
    accepted = []
    for order, head in orders:
        known = returning.get(order.number)
        if known is None:
            accepted.append((order, head))
        elif known.refusal is None:
            accepted.append((known.order, known.head))
    return accepted


def _insert_orders(
    session: Session,
    organization_id: int,
    new: Sequence[tuple[FileOrder, Head]],
    customers: dict[str, int],
    stamp: int,
) -> dict[str, int]:
    if not new:
        return {}
    in_order = sorted(new, key=lambda pair: pair[0].number)
    values = sql.arrays(
        ("number", *sql.ORDER_COLUMNS),
        [
            (order.number, *sql.order_columns(head, customers[head.customer_number]))
            for order, head in in_order
        ],
    )
    named = {"organization_id": organization_id, "stamp": stamp}
    rows = session.execute(sql.INSERT_ORDERS, values | named)
    ids = {row.order_number: row.id for row in rows}
    if len(ids) < len(new):
        raise Overtaken
    return ids


def _update_orders(
    session: Session,
    updated: Sequence[tuple[FileOrder, Head]],
    customers: dict[str, int],
    ids: dict[str, int],
) -> None:
    if not updated:
        return
    values = sql.arrays(
        ("id", *sql.ORDER_COLUMNS),
        [
            (ids[order.number], *sql.order_columns(head, customers[head.customer_number]))
            for order, head in updated
        ],
    )
    session.execute(sql.UPDATE_ORDERS, values)
    session.execute(sql.DELETE_LINES, {"ids": values["id"]})


def _insert_lines(
    session: Session, organization_id: int, orders: Sequence[FileOrder], ids: dict[str, int]
) -> None:
    rows = [(ids[order.number], *line) for order in orders for line in order.lines.values()]
    if rows:
        values = sql.arrays(("order_id", *sql.LINE_COLUMNS), rows)
        session.execute(sql.INSERT_LINES, values | {"organization_id": organization_id})
