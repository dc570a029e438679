"""Orders as they are stored, to compare with those of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from models.order_import import statements as sql
from models.order_import.content import Content


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as stored in the database; a change raises its `revision`."""

    id: int
    revision: int
    content: Content


def load_stored(session: Session, numbers: Sequence[str]) -> dict[str, StoredOrder]:
    """The stored orders among those with these numbers, by number."""
    rows = session.execute(sql.STORED_ORDERS, {"numbers": list(numbers)}).all()
    lines: dict[int, list[tuple[Any, ...]]] = {}
    if rows:
        found = session.execute(sql.STORED_LINES, {"ids": [row.id for row in rows]})
        for order_id, group in groupby(found, attrgetter("order_id")):
            lines[order_id] = [tuple(row)[1:] for row in group]
    return {
        number: StoredOrder(id_, revision, Content(tuple(head), status, lines.get(id_, [])))
        for number, id_, revision, status, *head in rows
    }
