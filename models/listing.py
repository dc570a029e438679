"""The newest rows that match, found through an index whatever the planner believes.

Asked for the newest orders of a customer, PostgreSQL may walk through all orders by date, which is
quick only if that customer happens to have new ones. So each customer's newest rows are looked up
in that customer's own index, and alternatives are looked up one by one and merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, true, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute

from models.search_text import IDS, of_customers

# Beyond this many customers their orders are so frequent that walking by date finds them soon.
_MOST_LOOKUPS = 100


class Listing:
    """A table that is listed by `keys`, newest first, and whose rows belong to customers."""

    def __init__(
        self, *keys: InstrumentedAttribute[Any], customer_id: InstrumentedAttribute[int]
    ) -> None:
        self._keys = keys
        self._customer_id = customer_id

    def beyond(self, position: Sequence[Any]) -> ColumnElement[bool]:
        """Whether a row follows the row whose keys are `position`."""
        return tuple_(*self._keys) < tuple_(*position)

    def newest(self, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
        """The keys of the newest rows that meet all conditions."""
        newest_first = (key.desc() for key in self._keys)
        return select(*self._keys).where(*conditions).order_by(*newest_first).limit(limit)

    def newest_of_customers(
        self,
        conditions: Sequence[ColumnElement[bool]],
        text: str,
        known: Sequence[int] | None,
        limit: int,
    ) -> Select[Any]:
        """The same of the customers meant by `text`, whose ids may be known already."""
        if known is None or not 0 < len(known) <= _MOST_LOOKUPS:
            theirs = of_customers(self._customer_id, text, known)
            return self.newest([*conditions, theirs], limit)
        ids = bindparam(None, list(known), type_=IDS)
        buyer = func.unnest(ids).table_valued("id").render_derived("buyer")
        theirs = self._customer_id == buyer.c.id
        rows = self.newest([*conditions, theirs], limit).lateral("newest")
        return self._merged(select(*rows.c).select_from(buyer).join(rows, true()), limit)

    def newest_of_any(self, alternatives: Sequence[Select[Any]], limit: int) -> Select[Any]:
        """The newest of the rows that the alternatives list, each once."""
        rows = union(*(select(*each.subquery().c) for each in alternatives)).subquery()
        return self._merged(select(*rows.c), limit)

    def _merged(self, rows: Select[Any], limit: int) -> Select[Any]:
        names = [key.key for key in self._keys]
        columns = {column.key: column for column in rows.selected_columns}
        return rows.order_by(*(columns[name].desc() for name in names)).limit(limit)
