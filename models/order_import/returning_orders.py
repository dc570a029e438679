"""Orders of a file that are stored already: what differs, what a person has mended, and which of
them must stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.orm import Session

from models.invoicing.finding import Finding
from models.order_import import statements as sql
from models.order_import.changes import OrderChange, describe, how_it_differs
from models.order_import.content import Content, Difference, find_differences
from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import ORDER_NUMBER
from models.order_import.csv_file.order import FileOrder, Head
from models.order_import.kept_mends import keep_mends
from models.order_import.overtaken import Overtaken
from models.order_import.stored_orders import StoredOrder
from models.orders.mends import Mends, mended_fields

OF_ANOTHER_CUSTOMER: Final = "order_of_another_customer"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an import may do that it does not do otherwise.

    `customer_changes` lets an order that is stored already move to another customer.
    `undone_mends` lets it replace a value that a person has mended by the old one again.
    """

    customer_changes: bool = False
    undone_mends: bool = False


NOTHING: Final = Allowed()


@dataclass(slots=True)
class ReturningOrder:
    """An order that comes again, as it is to be stored.

    `differences` are from what is stored. `mends` are the mended values, each with the old one that
    the file has again; without the import's permission they are kept. `refusal` says why the order
    stays as it is.
    """

    order: FileOrder
    head: Head
    stored: StoredOrder
    differences: list[Difference]
    mends: list[Difference] = field(default_factory=list)
    mends_kept: bool = False
    refusal: Finding | None = None

    @property
    def is_updated(self) -> bool:
        """Whether the stored order changes."""
        return bool(self.differences) and self.refusal is None

    @property
    def change(self) -> OrderChange | None:
        """The report of what changes, or of what was kept; None if there is nothing to say."""
        if self.refusal is not None or not (self.differences or self.mends):
            return None
        contents = self.stored.content, sql.content_of(self.order, self.head)
        found = self.differences, self.mends
        return describe(self.order.number, self.order.first_row, *contents, *found, self.mends_kept)

    def keep(self, mends: Mends, allowed: Allowed) -> None:
        """Finds what the file would undo, and puts the mended values into its order."""
        given = sql.content_of(self.order, self.head)
        kept = keep_mends(self.stored.content, given, mends)
        self.mends = find_differences(kept, given)
        if self.mends and not allowed.undone_mends:
            self.mends_kept = True
            self.order, self.head = _with(self.order, kept)
            self.differences = find_differences(self.stored.content, kept)


def compare_orders(
    session: Session,
    orders: Sequence[tuple[FileOrder, Head]],
    stored: dict[str, StoredOrder],
    allowed: Allowed,
) -> list[ReturningOrder]:
    """The orders that are stored already; those that differ are locked until the commit.

    Raises `Overtaken` if one was changed a moment ago.
    """
    returning = [
        ReturningOrder(order, head, known, find_differences(known.content, given))
        for order, head in orders
        if (known := stored.get(order.number))
        for given in (sql.content_of(order, head),)
    ]
    differing = {each.stored.id: each for each in returning if each.differences}
    if not differing:
        return returning
    for id_, mends in mended_fields(session, list(differing)).items():
        differing[id_].keep(mends, allowed)
    changed = {id_: each for id_, each in differing.items() if each.differences}
    for row in session.execute(sql.LOCK_ORDERS, {"ids": list(changed)}):
        each = changed[row.id]
        if row.status == "invoiced":
            each.refusal = _already_invoiced(each)
        elif row.revision != each.stored.revision:
            raise Overtaken
        elif _has_another_customer(each) and not allowed.customer_changes:
            each.refusal = _of_another_customer(each)
    return returning


def _with(order: FileOrder, content: Content) -> tuple[FileOrder, Head]:
    """The file's order with these values."""
    head, lines = sql.as_read(content)
    return replace(order, head=head, lines={line.line_number: line for line in lines}), head


def _has_another_customer(each: ReturningOrder) -> bool:
    return each.stored.content.customer_number != each.head.customer_number


def _already_invoiced(each: ReturningOrder) -> Finding:
    return Finding(
        "order_already_invoiced",
        f"Order {shown(each.order.number)} has been invoiced and differs from the file "
        f"({how_it_differs(each.differences)}); correct its invoice with a credit note.",
        ORDER_NUMBER,
        "Take the order out of the file, or correct its invoice with a credit note.",
    )


def _of_another_customer(each: ReturningOrder) -> Finding:
    """Perhaps it is another shop's order with the same number."""
    return Finding(
        OF_ANOTHER_CUSTOMER,
        f"Order {shown(each.order.number)} is stored for customer "
        f"{shown(each.stored.content.customer_number)}; the file has it for customer "
        f"{shown(each.head.customer_number)}.",
        ORDER_NUMBER,
        "If it is another order, give it another number. If the order changes hands, import the "
        "file again and allow changes of customers.",
    )
