"""Turns what a person types into a search field into conditions that an index can answer.

Under row-level security only leakproof comparisons (=, <, >= on text, numbers and dates) can use
an index. LIKE is not leakproof: it is used only on customers, of which an organisation has few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.errors import InvalidRequest
from models.id_arrays import any_of
from models.invoicing.finding import Finding
from models.tables.customer import Customer

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


def customers_select(text: str) -> Select[int]:
    """The ids of the customers meant by `text`, in any case: the one with that number, or otherwise
    those whose name contains it."""
    numbered = Customer.customer_number.in_(sorted({text, text.upper()}))
    named = Customer.name.ilike(f"%{_escaped(text)}%", escape="\\")
    found = union_all(
        select(Customer.id).where(numbered),
        select(Customer.id).where(named, ~exists().where(numbered).correlate(None)),
    ).subquery()
    return select(found.c.id)


def known_customers(session: Session, text: str) -> list[int] | None:
    """The ids of the customers meant by `text`; None when they are too many to list."""
    ids = list(session.scalars(customers_select(text).limit(_MAX_KNOWN + 1)))
    return ids if len(ids) <= _MAX_KNOWN else None


def of_customers(
    column: InstrumentedAttribute[int], text: str, known: Sequence[int] | None
) -> ColumnElement[bool]:
    """Whether `column` is one of the customers meant by `text`, whose ids may be known already."""
    if known is None:
        # IS TRUE keeps the planner from joining them: their ids are read once, into a hash.
        return column.in_(customers_select(text)).is_(true())
    if not known:
        return false()
    return column == any_of(known)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
