"""Inserts many rows with one statement, whose text is always the same, so that its plan is reused.

The rows are sent as one JSON document, the cheapest form for both sides. (COPY would be cheaper,
but PostgreSQL refuses it under row-level security.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Integer, Text, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Session

from models.id_arrays import array_of_ids


class BulkInsert:
    """`INSERT INTO table (columns) SELECT ... FROM json_to_recordset(...)` for one table.

    The rows are prepared before a lock is taken. Values that are known only under the lock are
    passed separately: each `late` column is an array, indexed by a row's `place`, counted from 1.
    """

    def __init__(
        self, mapped: type[DeclarativeBase], columns: Sequence[str], late: Sequence[str]
    ) -> None:
        table = mapped.__table__
        self._statement = _statement(table, columns, late)
        self._whole_numbers = {name for name in late if isinstance(table.c[name].type, Integer)}

    @staticmethod
    def prepare(rows: Sequence[Mapping[str, Any]]) -> str:
        """Encodes the rows, each with its `place` and a value for every column that is not late."""
        # Decimals, dates and UUIDs are sent as text, which PostgreSQL reads exactly.
        return orjson.dumps(rows, default=str).decode()

    def write(self, session: Session, prepared: str, **late: Sequence[Any]) -> None:
        """Inserts the prepared rows."""
        arrays = {
            name: array_of_ids(values) if name in self._whole_numbers else values
            for name, values in late.items()
        }
        session.execute(self._statement, {"rows": prepared, **arrays})


def row_of(kind: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """A function that turns a dataclass of two fields or more into a row, without the copies that
    `asdict` makes."""
    names = [field.name for field in fields(kind)]
    values = attrgetter(*names)
    return lambda record: dict(zip(names, values(record), strict=True))


def _statement(table: FromClause, columns: Sequence[str], late: Sequence[str]) -> TextClause:
    types = {name: _type(table.columns[name]) for name in (*late, *columns)}
    values = [f"(CAST(:{name} AS {types[name]}[]))[r.place]" for name in late]
    typed = ", ".join(f"{name} {types[name]}" for name in columns)
    return text(
        f"INSERT INTO {table.description} ({', '.join(types)}) "  # noqa: S608 - our own names
        f"SELECT {', '.join([*values, *columns])} "
        f"FROM json_to_recordset(CAST(:rows AS json)) AS r (place integer, {typed})"
    )


def _type(column: ColumnElement[Any]) -> str:
    if isinstance(column.type, Text):
        return "text"  # a collation belongs to the column, not to a cast
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
