"""Turns what a person types into a search field into conditions that an index can answer.

Under row-level security only leakproof comparisons (=, <, >= on text, numbers and dates) can use
an index. LIKE is not leakproof: it is used on the names of customers, of which an organisation has
few, and then on the orders of those who were found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    false,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models.errors import InvalidRequest
from models.id_arrays import any_of
from models.invoicing.finding import Finding
from models.tables.customer import Customer
from models.tables.customer_name import CustomerName

MAX_LENGTH = 200
INVALID_FILTER: Final = "invalid_filter"
# With the ids in the statement, the planner knows how many there are. Beyond this many that is no
# help.
_MAX_KNOWN = 1_000


def checked_text(field: str, text: str | None) -> str | None:
    """`text` without surrounding space; None if nothing is left.

    Raises `InvalidRequest` (`invalid_filter`) for a text that no column can contain.
    """
    if text is None or not text.strip():
        return None
    stripped = text.strip()
    if len(text) > MAX_LENGTH:
        raise invalid_filter(field, f"is longer than {MAX_LENGTH} characters", "Shorten it.")
    if "\0" in stripped or any("\ud800" <= char <= "\udfff" for char in stripped):
        raise invalid_filter(field, "contains a character that no text can have", "Remove it.")
    return stripped


def invalid_filter(field: str, finding: str, remedy: str) -> InvalidRequest:
    """The error for a filter that cannot be searched for."""
    message = f"The filter `{field}` {finding}."
    return InvalidRequest.of(Finding(INVALID_FILTER, message, field, remedy))


def check_dates(date_from: date | None, date_to: date | None) -> None:
    """Raises `InvalidRequest` (`invalid_filter`) for a range that ends before it begins."""
    if date_from and date_to and date_from > date_to:
        remedy = "Give a `from` that is not after `to`."
        raise invalid_filter("from", f"({date_from}) is after `to` ({date_to})", remedy)


def starts_with(column: InstrumentedAttribute[str], prefix: str) -> list[ColumnElement[bool]]:
    """Whether a column that is collated by bytes begins with `prefix`, as given or in capitals.

    Returns a condition for each spelling, because an index answers them one by one. One must hold.
    """
    return [_in_range(column, spelling) for spelling in dict.fromkeys((prefix, prefix.upper()))]


def _in_range(column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    beyond = _first_text_beyond(prefix)
    if beyond is None:
        return column >= prefix
    return and_(column >= prefix, column < beyond)


def _first_text_beyond(prefix: str) -> str | None:
    """The smallest text above every text with this prefix, in the order of code points."""
    for end in range(len(prefix), 0, -1):
        last = ord(prefix[end - 1])
        if last < 0x10FFFF:
            following = 0xE000 if last == 0xD7FF else last + 1
            return prefix[: end - 1] + chr(following)
    return None


@dataclass(frozen=True, slots=True)
class KnownCustomers:
    """The ids of the customers meant by a text.

    All orders of `whole` are meant: the text is the customer's number, or a part of its name. The
    customers of `partly` have ordered under other names as well, as guests who share a number do.
    """

    whole: tuple[int, ...]
    partly: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BuyerColumns:
    """The customer's id and the buyer's name, in a table that is searched by them."""

    customer_id: InstrumentedAttribute[int]
    name: SQLColumnExpression[Any]

    def is_named(self, text: str) -> ColumnElement[bool]:
        """Whether the buyer's name contains `text`, in any case."""
        return self.name.ilike(_containing(text), escape="\\")


def customers_select(text: str) -> Select[int, bool]:
    """The customers meant by `text`, in any case: the one with that number, or otherwise those who
    have ordered under a name that contains it. The second column says whether all their names do.
    """
    numbered = Customer.customer_number.in_(sorted({text, text.upper()}))
    named = CustomerName.name.ilike(_containing(text), escape="\\")
    another = aliased(CustomerName)
    also_otherwise = exists().where(
        another.customer_id == CustomerName.customer_id,
        another.name.not_ilike(_containing(text), escape="\\"),
    )
    found = union_all(
        select(Customer.id.label("id"), true().label("whole")).where(numbered),
        select(CustomerName.customer_id, ~also_otherwise)
        .where(named, ~exists().where(numbered).correlate(None))
        .distinct(),
    ).subquery()
    return select(found.c.id, found.c.whole)


def known_customers(session: Session, text: str) -> KnownCustomers | None:
    """The customers meant by `text`; None when they are too many to list."""
    rows = session.execute(customers_select(text).limit(_MAX_KNOWN + 1)).all()
    if len(rows) > _MAX_KNOWN:
        return None
    return KnownCustomers(
        whole=tuple(id_ for id_, whole in rows if whole),
        partly=tuple(id_ for id_, whole in rows if not whole),
    )


def of_customers(
    columns: BuyerColumns, text: str, known: KnownCustomers | None
) -> ColumnElement[bool]:
    """Whether a row's buyer is meant by `text`; its customers may be known already."""
    if known is None:
        found = customers_select(text).subquery()
        # IS TRUE keeps the planner from joining them: their ids are read once, into a hash.
        return and_(columns.customer_id.in_(select(found.c.id)).is_(true()), columns.is_named(text))
    conditions = []
    if known.whole:
        conditions.append(columns.customer_id == any_of(known.whole))
    if known.partly:
        partly = columns.customer_id == any_of(known.partly)
        conditions.append(and_(partly, columns.is_named(text)))
    return or_(*conditions) if conditions else false()


def _containing(text: str) -> str:
    return f"%{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
