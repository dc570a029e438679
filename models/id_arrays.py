"""Arrays as parameters of statements: one parameter, however many ids or texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Text, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator

TEXTS = ARRAY(Text)


def array_of_ids(ids: Sequence[int]) -> str:
    """`{1,2,3}`, which PostgreSQL reads as an array.

    psycopg writes an array value by value, which takes five times as long.
    """
    return f"{{{','.join(map(str, ids))}}}"


class IdArray(TypeDecorator[Sequence[int]]):
    """`bigint[]`, for parameters only; the values are ints."""

    impl = ARRAY(BigInteger)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002
        """How a parameter is sent."""
        return lambda ids: None if ids is None else array_of_ids(ids)


IDS = IdArray()


def any_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """To compare a column of ids with: `column == any_of(ids)`."""
    return any_(bindparam(None, list(ids), type_=IDS))


def any_text_of(texts: Sequence[str]) -> ColumnElement[bool]:
    """Like `any_of`, for a column of text."""
    return any_(bindparam(None, list(texts), type_=TEXTS))
