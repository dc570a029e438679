"""Makes the stored numbers of orders and customers clean, as imports have them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from models.clean_text import UnfitText, clean_key

_KEYS: Final = (("orders", "order_number"), ("customers", "customer_number"))
_PAGE: Final = 1_000
# Clean ASCII, as almost all numbers are: words with one space between them.
_CLEAN: Final = "^[!-~]+( [!-~]+)*$"


def clean_keys(connection: Connection) -> None:
    """Cleans each number whose clean form is free within its organisation.

    One pass over each table. Numbers that cannot be clean stay; invoices keep theirs as issued.
    """
    for table, column in _KEYS:
        page = sa.text(
            f'SELECT id, {column} AS key FROM {table} WHERE id > :after AND {column} COLLATE "C" '
            f"!~ :clean ORDER BY id LIMIT {_PAGE}"
        )
        change = sa.text(
            f"UPDATE {table} t SET {column} = :key WHERE id = :id AND NOT EXISTS (SELECT FROM "
            f"{table} o WHERE o.organization_id = t.organization_id AND o.{column} = :key)"
        )
        after = 0
        while rows := connection.execute(page, {"after": after, "clean": _CLEAN}).all():
            after = rows[-1].id
            cleaned = [{"id": row.id, "key": _cleaned(row.key)} for row in rows]
            for new, row in zip(cleaned, rows, strict=True):
                if new["key"] and new["key"] != row.key:
                    connection.execute(change, new)


def _cleaned(key: str) -> str:
    try:
        return clean_key(key)
    except UnfitText:
        return ""
