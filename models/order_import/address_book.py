"""The address book: each customer's record takes the buyer of its newest order.

The newest is the order with the latest date; of two orders of one day, the one that is imported
last. So an older file that is imported late changes nothing here. An order that is dated in the
future counts as of today, so that a mistyped year does not stop later orders. A rejected order
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.order_import import statements as sql
from models.order_import.csv_file.order import Head
from models.order_import.overtaken import Overtaken


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What a batch did to the customers: their ids by number, and how many it wrote."""

    ids: dict[str, int]
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
    """A customer's record, with the columns of `sql.BUYER`."""

    id: int
    as_of: date | None
    buyer: tuple[Any, ...]


def write_customers(session: Session, organization_id: int, heads: Sequence[Head]) -> AddressBook:
    """Creates the customers that are missing, and brings those up to date that have newer orders.

    `heads` are in the order of the file. Raises `Overtaken`.
    """
    newest = _newest(heads)
    rows = session.execute(sql.STORED_CUSTOMERS, {"numbers": list(newest)})
    stored = {number: _Stored(id_, as_of, tuple(buyer)) for number, id_, as_of, *buyer in rows}
    ids = {number: record.id for number, record in stored.items()}
    written = [
        (number, as_of, *buyer)
        for number, (as_of, buyer) in sorted(newest.items())
        if _is_news(stored.get(number), as_of, buyer)
    ]
    if written:
        values = sql.arrays(("customer_number", "as_of", *sql.BUYER), written)
        rows = session.execute(sql.WRITE_CUSTOMERS, values | {"organization_id": organization_id})
        ids |= {row.customer_number: row.id for row in rows}
    if len(ids) < len(newest):
        raise Overtaken
    known = [(stored[number], tuple(buyer)) for number, _, *buyer in written if number in stored]
    return AddressBook(
        ids=ids,
        created=len(written) - len(known),
        updated=sum(record.buyer != buyer for record, buyer in known),
    )


def _newest(heads: Sequence[Head]) -> dict[str, tuple[date, tuple[Any, ...]]]:
    """The day and the buyer of each customer's newest order, by the customer's number."""
    today = datetime.now(UTC).date()
    newest: dict[str, tuple[date, tuple[Any, ...]]] = {}
    for head in heads:
        day = min(head.order_date, today)
        known = newest.get(head.customer_number)
        if known is None or known[0] <= day:
            newest[head.customer_number] = (day, sql.buyer_columns(head))
    return newest


def _is_news(record: _Stored | None, as_of: date, buyer: tuple[Any, ...]) -> bool:
    if record is None or record.as_of is None or record.as_of < as_of:
        return True
    return record.as_of == as_of and record.buyer != buyer
