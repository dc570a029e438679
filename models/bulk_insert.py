"""Many rows in one statement: columns travel as arrays, so that the statement's text, and with
it the prepared plan, is the same for one row and for a thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import ColumnElement, FromClause, Text, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session


class BulkInsert:
    """`INSERT INTO table (columns) SELECT * FROM unnest(...)` for one table."""

    def __init__(self, mapped: type[DeclarativeBase], columns: Sequence[str]) -> None:
        table = mapped.__table__
        self._columns = tuple(columns)
        self._json = frozenset(n for n in columns if isinstance(table.columns[n].type, JSONB))
        self._statement = _statement(table, self._columns)

    def write(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts `rows`, each with a value for every column; does nothing without rows."""
        if rows:
            session.execute(
                self._statement, {name: self._values(rows, name) for name in self._columns}
            )

    def _values(self, rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
        if name in self._json:
            return [Jsonb(row[name]) for row in rows]
        return [row[name] for row in rows]


def _statement(table: FromClause, columns: Sequence[str]) -> TextClause:
    arrays = ", ".join(f"CAST(:{name} AS {_type(table.columns[name])}[])" for name in columns)
    return text(
        f"INSERT INTO {table.description} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of our own columns
    )


def _type(column: ColumnElement[Any]) -> str:
    if isinstance(column.type, Text):
        return "text"  # a collation belongs to the column, not to a cast
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
