"""Many rows in one statement, whose text, and with it the prepared plan, is always the same.

The rows travel as one JSON document: neither side has a cheaper way to write and to read so many
values. (COPY would be, but PostgreSQL refuses it where row-level security holds.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Session


class BulkInsert:
    """`INSERT INTO table (columns) SELECT columns FROM json_to_recordset(...)` for one table."""

    def __init__(self, mapped: type[DeclarativeBase], columns: Sequence[str]) -> None:
        self._statement = _statement(mapped.__table__, columns)

    def write(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts `rows`, each with a value for every column; does nothing without rows."""
        if rows:
            # Decimals, dates and UUIDs go as their text, which PostgreSQL reads exactly.
            document = json.dumps(rows, default=str, ensure_ascii=False, separators=(",", ":"))
            session.execute(self._statement, {"rows": document})


def _statement(table: FromClause, columns: Sequence[str]) -> TextClause:
    names = ", ".join(columns)
    typed = ", ".join(f"{name} {_type(table.columns[name])}" for name in columns)
    return text(
        f"INSERT INTO {table.description} ({names}) "  # noqa: S608 - names of our own columns
        f"SELECT {names} FROM json_to_recordset(CAST(:rows AS json)) AS r ({typed})"
    )


def _type(column: ColumnElement[Any]) -> str:
    if isinstance(column.type, Text):
        return "text"  # a collation belongs to the column, not to a cast
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
