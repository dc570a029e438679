"""Orders as they are stored, to compare with those of a file, and why one must stay as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy.orm import Session

from models.invoicing.finding import Finding
from models.order_import import changes
from models.order_import import statements as sql
from models.order_import.changes import Content, Difference, OrderChange
from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import ORDER_NUMBER
from models.order_import.csv_file.order import FileOrder, Head

OF_ANOTHER_CUSTOMER: Final = "order_of_another_customer"


@dataclass(slots=True)
class StoredOrder:
    """An order as stored in the database."""

    id: int
    content: Content

    def differences(self, order: FileOrder, head: Head) -> list[Difference]:
        """What the file's order has otherwise."""
        return changes.find_differences(self.content, _content(order, head))

    def describe(self, order: FileOrder, head: Head, found: Sequence[Difference]) -> OrderChange:
        """The report of the order's change."""
        given = _content(order, head)
        return changes.describe(order.number, order.first_row, self.content, given, found)

    def has_another_customer(self, head: Head) -> bool:
        """Whether the file names another customer."""
        return self.content.customer_number != head.customer_number


def load_stored(session: Session, numbers: Sequence[str]) -> dict[str, StoredOrder]:
    """The stored orders among those with these numbers, by number."""
    rows = session.execute(sql.STORED_ORDERS, {"numbers": list(numbers)}).all()
    lines: dict[int, list[tuple[Any, ...]]] = {}
    if rows:
        found = session.execute(sql.STORED_LINES, {"ids": [row.id for row in rows]})
        for order_id, group in groupby(found, attrgetter("order_id")):
            lines[order_id] = [tuple(row)[1:] for row in group]
    return {
        number: StoredOrder(id_, Content(tuple(head), status, lines.get(id_, [])))
        for number, id_, status, *head in rows
    }


def already_invoiced(order: FileOrder, found: Sequence[Difference]) -> Finding:
    """The order has an invoice, and differs from the file in what was `found`."""
    return Finding(
        "order_already_invoiced",
        f"Order {shown(order.number)} has been invoiced and differs from the file "
        f"({changes.how_it_differs(found)}); correct its invoice with a credit note.",
        ORDER_NUMBER,
        "Take the order out of the file, or correct its invoice with a credit note.",
    )


def of_another_customer(order: FileOrder, stored: StoredOrder, head: Head) -> Finding:
    """Another customer's order has the same number, which may be another shop's order."""
    return Finding(
        OF_ANOTHER_CUSTOMER,
        f"Order {shown(order.number)} is stored for customer "
        f"{shown(stored.content.customer_number)}; the file has it for customer "
        f"{shown(head.customer_number)}.",
        ORDER_NUMBER,
        "If it is another order, give it another number. If the order changes hands, import the "
        "file again and allow changes of customers.",
    )


def _content(order: FileOrder, head: Head) -> Content:
    lines = [sql.comparable(order.lines[number]) for number in sorted(order.lines)]
    return Content(sql.comparable_head(head), head.status, lines)
