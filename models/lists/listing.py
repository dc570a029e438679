"""Finds the newest rows that match a filter through an index, whatever the planner estimates.

For the newest orders of a customer PostgreSQL may walk through all orders by date, which is quick
only if that customer has new ones. So a list looks up each customer's newest rows in the customers'
index, and merges them; it does the same with alternatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.id_arrays import IDS, TEXTS
from models.lists.search_text import BuyerColumns, KnownCustomers, of_customers

# Reading and sorting up to this many rows is quicker than a walk by date that may find them late.
_MOST_SORTED = 100_000


class Listing:
    """A table that is listed by `keys`, newest first, and whose rows belong to customers.

    If the customers' index has a column between the customer and the keys, `split` is that column
    and all its values.
    """

    def __init__(
        self,
        *keys: InstrumentedAttribute[Any],
        buyer: BuyerColumns,
        split: tuple[InstrumentedAttribute[str], Sequence[str]] | None = None,
    ) -> None:
        self._keys = keys
        self._buyer = buyer
        self._split = split

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
        named: str,
        known: KnownCustomers | None,
        limit: int,
    ) -> Select[Any]:
        """The newest rows whose buyers `named` means; `known` are their customers, if known."""
        if known is None or not (known.whole or known.partly):
            # No customer, or so many that a walk by date soon finds their rows.
            one_of_them = of_customers(self._buyer, named, known)
            return self.newest([*conditions, one_of_them], limit)
        found = []
        if known.whole:
            found.append(self._newest_of(known.whole, conditions, limit))
        if known.partly:
            named_so = self._buyer.is_named(named)
            found.append(self._newest_of(known.partly, [*conditions, named_so], limit))
        return found[0] if len(found) == 1 else self.newest_of_any(found, limit)

    def newest_in_range(
        self,
        session: Session,
        in_range: ColumnElement[bool],
        conditions: Sequence[ColumnElement[bool]],
        limit: int,
        *,
        implied: Sequence[ColumnElement[bool]] = (),
    ) -> Select[Any]:
        """The newest rows in a range of an index that is not ordered by the keys.

        The planner assumes that the rows of a range are evenly spread: for an old range it would
        walk through all newer rows. `implied` are conditions on the keys that hold in the range.
        """
        if self._is_wide(session, in_range):
            return self.newest([in_range, *implied, *conditions], limit)
        fenced = select(*self._keys).where(in_range, *conditions).offset(0)  # planner.FENCE
        return self._merged(select(*fenced.subquery().c), limit)

    def newest_of_any(self, alternatives: Sequence[Select[Any]], limit: int) -> Select[Any]:
        """The newest of all rows that the alternatives select, without duplicates."""
        rows = union(*(select(*each.subquery().c) for each in alternatives)).subquery()
        return self._merged(select(*rows.c), limit)

    def _newest_of(
        self, customer_ids: Sequence[int], conditions: Sequence[ColumnElement[bool]], limit: int
    ) -> Select[Any]:
        lookups, theirs = self._lookups(customer_ids)
        rows = self.newest([*conditions, *theirs], limit).lateral("newest")
        return self._merged(select(*rows.c).select_from(lookups).join(rows, true()), limit)

    def _lookups(self, customer_ids: Sequence[int]) -> tuple[Any, list[ColumnElement[bool]]]:
        """The parts of the customers' index, and the condition that joins the table to them."""
        ids = bindparam(None, list(customer_ids), type_=IDS)
        buyer = func.unnest(ids).table_valued("id").render_derived("buyer")
        theirs = [self._buyer.customer_id == buyer.c.id]
        if self._split is None:
            return buyer, theirs
        column, values = self._split
        texts = bindparam(None, list(values), type_=TEXTS)
        part = func.unnest(texts).table_valued("value").render_derived("part")
        return buyer.join(part, true()), [*theirs, column == part.c.value]

    def _is_wide(self, session: Session, in_range: ColumnElement[bool]) -> bool:
        beyond = select(literal(1)).select_from(self._keys[0].table).where(in_range)
        return session.scalar(beyond.offset(_MOST_SORTED).limit(1)) is not None

    def _merged(self, rows: Select[Any], limit: int) -> Select[Any]:
        names = [key.key for key in self._keys]
        columns = {column.key: column for column in rows.selected_columns}
        return rows.order_by(*(columns[name].desc() for name in names)).limit(limit)


def count_rows(rows: Sequence[Select[Any]], *, at_most: int | None) -> Select[int]:
    """How many different ids the selects find together; counts no further than `at_most`."""
    if at_most is not None:
        rows = [select(*each.limit(at_most).subquery().c) for each in rows]
    found = union(*rows).subquery() if len(rows) > 1 else rows[0].subquery()
    if at_most is not None:
        found = select(*found.c).limit(at_most).subquery()
    return select(func.count()).select_from(found)
