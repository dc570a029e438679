"""Writes about a thousand orders of a file in a few statements of one transaction.

It first reads what is stored and compares it with the file, so that it writes only differences. It
locks rows in the order of their ids and inserts them in the order of their numbers, so that two
imports wait for each other and cannot deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from models import planner
from models.database import set_locally
from models.order_import import statements as sql
from models.order_import.address_book import write_customers
from models.order_import.csv_file.order import FileOrder, Head
from models.order_import.overtaken import Overtaken


@dataclass(slots=True)
class BatchOutcome:
    """The outcome of each order of a batch, and how many customers the batch wrote.

    `invoiced` are the orders that have an invoice and differ from it.
    """

    created: list[FileOrder]
    updated: list[FileOrder]
    unchanged: list[FileOrder]
    invoiced: list[FileOrder]
    customers_created: int = 0
    customers_updated: int = 0

    @property
    def wrote_something(self) -> bool:
        """Whether the batch changed the database."""
        customers = self.customers_created or self.customers_updated
        return bool(self.created or self.updated or customers)


@dataclass(slots=True)
class StoredOrder:
    """An order as stored in the database, to compare with the file's."""

    id: int
    status: str
    essentials: tuple[Any, ...]
    lines: list[tuple[Any, ...]] = field(default_factory=list)

    def equals(self, order: FileOrder, head: Head) -> bool:
        """Whether the file has the same data. A file cannot say that an order is invoiced."""
        return (
            self.essentials == sql.comparable_head(head)
            and self.status in (head.status, "invoiced")
            and self.lines == [sql.comparable(order.lines[n]) for n in sorted(order.lines)]
        )


def write_batch(
    session: Session, organization_id: int, orders: Sequence[tuple[FileOrder, Head]]
) -> BatchOutcome:
    """Creates the new orders and updates the changed ones that are not invoiced.

    A customer's record takes the buyer of its newest order. Raises `Overtaken`.
    """
    set_locally(session, planner.IMPORT)
    stored = _stored_orders(session, [order.number for order, _ in orders])
    new = [pair for pair in orders if pair[0].number not in stored]
    changed = [
        (order, head)
        for order, head in orders
        if order.number in stored and not stored[order.number].equals(order, head)
    ]
    changeable = _lock_changeable(session, [stored[order.number].id for order, _ in changed])
    updated = [pair for pair in changed if stored[pair[0].number].id in changeable]
    differing = {order.number for order, _ in (*new, *changed)}
    outcome = BatchOutcome(
        created=[order for order, _ in new],
        updated=[order for order, _ in updated],
        unchanged=[order for order, _ in orders if order.number not in differing],
        invoiced=[order for order, _ in changed if stored[order.number].id not in changeable],
    )
    refused = {order.number for order in outcome.invoiced}
    heads = [head for order, head in orders if order.number not in refused]
    customers = write_customers(session, organization_id, heads)
    outcome.customers_created, outcome.customers_updated = customers.created, customers.updated
    ids = _insert_orders(session, organization_id, new, customers.ids)
    ids |= {order.number: stored[order.number].id for order, _ in updated}
    _update_orders(session, updated, customers.ids, ids)
    _insert_lines(session, organization_id, [order for order, _ in (*new, *updated)], ids)
    return outcome


def _stored_orders(session: Session, numbers: Sequence[str]) -> dict[str, StoredOrder]:
    rows = session.execute(sql.STORED_ORDERS, {"numbers": list(numbers)})
    stored = {number: StoredOrder(id_, status, tuple(rest)) for number, id_, status, *rest in rows}
    by_id = {order.id: order for order in stored.values()}
    if by_id:
        lines = session.execute(sql.STORED_LINES, {"ids": list(by_id)})
        for order_id, group in groupby(lines, attrgetter("order_id")):
            by_id[order_id].lines = [tuple(row)[1:] for row in group]
    return stored


def _lock_changeable(session: Session, ids: Sequence[int]) -> set[int]:
    """Locks the orders and returns those that are not invoiced; none can be until the commit."""
    if not ids:
        return set()
    rows = session.execute(sql.LOCK_ORDERS, {"ids": list(ids)})
    return {row.id for row in rows if row.status != "invoiced"}


def _insert_orders(
    session: Session,
    organization_id: int,
    new: Sequence[tuple[FileOrder, Head]],
    customers: dict[str, int],
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
    rows = session.execute(sql.INSERT_ORDERS, values | {"organization_id": organization_id})
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
