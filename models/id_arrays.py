"""Arrays of ids as parameters of statements, written the way that costs least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator


def array_of_ids(ids: Sequence[int]) -> str:
    """`{1,2,3}`, which PostgreSQL reads as an array; psycopg writes an array value by value, which
    takes five times as long."""
    return f"{{{','.join(map(str, ids))}}}"


class IdArray(TypeDecorator[Sequence[int]]):
    """`bigint[]`, for parameters only; the values are ints."""

    impl = ARRAY(BigInteger)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002
        """How a parameter is sent."""
        return lambda ids: None if ids is None else array_of_ids(ids)
