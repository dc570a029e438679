"""The address book: each customer's record takes the buyer of its newest order.

The newest is the order with the latest date; of two orders of one day, the one that is imported
last. So an older file that is imported late changes nothing here. An order that is dated in the
future counts as of today, so that a mistyped year does not stop later orders. A rejected order
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.order_import import statements as sql
from models.order_import.changes import CustomerChange
from models.order_import.content import BUYER, BUYER_FIELDS, compare
from models.order_import.csv_file.order import FileOrder, Head
from models.order_import.overtaken import Overtaken


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What a batch did to the customers: their ids by number, how many it wrote, and what it
    changed on those who were known, or whom several of its orders name differently."""

    ids: dict[str, int]
    created: int = 0
    updated: int = 0
    changes: list[CustomerChange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Record:
    """A customer's record, with the columns of `BUYER`; without an id it is not stored yet."""

    id: int | None
    as_of: date | None
    buyer: tuple[Any, ...]

    def is_newer_than(self, day: date) -> bool:
        return self.as_of is not None and self.as_of > day


def write_customers(
    session: Session, organization_id: int, orders: Sequence[tuple[FileOrder, Head]]
) -> AddressBook:
    """Creates the customers that are missing, and brings those up to date that have newer orders.

    `orders` are in the order of the file. Raises `Overtaken`.
    """
    numbers = sorted({head.customer_number for _, head in orders})
    rows = session.execute(sql.STORED_CUSTOMERS, {"numbers": numbers})
    stored = {number: _Record(id_, as_of, tuple(buyer)) for number, id_, as_of, *buyer in rows}
    records, changes = _bring_up_to_date(stored, orders)
    ids = {number: record.id for number, record in records.items() if record.id is not None}
    written = [number for number in numbers if records[number] != stored.get(number)]
    if written:
        values = sql.arrays(
            ("customer_number", "as_of", *BUYER),
            [(number, records[number].as_of, *records[number].buyer) for number in written],
        )
        rows = session.execute(sql.WRITE_CUSTOMERS, values | {"organization_id": organization_id})
        ids |= {row.customer_number: row.id for row in rows}
    if len(ids) < len(numbers):
        raise Overtaken
    known = [number for number in written if number in stored]
    return AddressBook(
        ids=ids,
        created=len(written) - len(known),
        updated=sum(records[number].buyer != stored[number].buyer for number in known),
        changes=changes,
    )


def _bring_up_to_date(
    stored: Mapping[str, _Record], orders: Sequence[tuple[FileOrder, Head]]
) -> tuple[dict[str, _Record], list[CustomerChange]]:
    """The records after these orders, and what changed."""
    today = datetime.now(UTC).date()
    records = dict(stored)
    changes: list[CustomerChange] = []
    for order, head in orders:
        number, day = head.customer_number, min(head.order_date, today)
        known, buyer = records.get(number), sql.buyer_columns(head)
        if known is None:
            records[number] = _Record(None, day, buyer)
        elif not known.is_newer_than(day):
            found = list(compare(BUYER_FIELDS, known.buyer, buyer))
            records[number] = _Record(known.id, day, buyer if found else known.buyer)
            changes += (
                CustomerChange(number, order.number, order.first_row, *astuple(each))
                for each in found
            )
    return records, changes
