"""The SQL statements of an import.

Rows are sent as arrays, one per column, so that the same statement serves one row or thousands.
"""

# ruff: noqa: S608 - what is put into the statements are names of our own columns

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from models.order_import.csv_file.order import Head, Line

CUSTOMER_COLUMNS: Final = (
    "customer_number",
    "name",
    "email",
    "street",
    "city",
    "postal_code",
    "country",
    "vat_id",
)
ORDER_COLUMNS: Final = ("order_date", "customer_id", "currency", "status")
LINE_COLUMNS: Final = Line._fields[:9]

_TYPES: Final = {
    "id": "bigint",
    "order_id": "bigint",
    "customer_id": "bigint",
    "order_date": "date",
    "line_number": "integer",
    "quantity": "numeric",
    "unit_price": "numeric",
    "discount_percent": "numeric",
    "tax_percent": "numeric",
}


def arrays(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The rows' values as parameters, one list per column."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def customer_columns(head: Head) -> tuple[Any, ...]:
    """The values of `CUSTOMER_COLUMNS`."""
    return head[1:9]


def comparable(line: Line) -> tuple[Any, ...]:
    """The line as `STORED_LINES` would read it."""
    return (
        line.line_number,
        line.sku,
        line.description,
        Decimal(line.quantity),
        line.unit,
        Decimal(line.unit_price),
        Decimal(line.discount_percent),
        line.tax_category,
        Decimal(line.tax_percent),
    )


def _unnested(*names: str) -> str:
    casts = ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in names)
    return f"unnest({casts}) AS given ({', '.join(names)})"


STORED_ORDERS: Final = text(
    """
    SELECT o.order_number, o.id, o.status, o.order_date, o.currency, c.customer_number
    FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.order_number = ANY(CAST(:numbers AS text[]))
    """
)
STORED_LINES: Final = text(
    f"""
    SELECT order_id, {", ".join(LINE_COLUMNS)}
    FROM order_lines WHERE order_id = ANY(CAST(:ids AS bigint[]))
    ORDER BY order_id, line_number
    """
)
LOCK_ORDERS: Final = text(
    """
    SELECT id, status FROM orders WHERE id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
    """
)
STORED_CUSTOMERS: Final = text(
    f"""
    SELECT id, {", ".join(CUSTOMER_COLUMNS)}
    FROM customers WHERE customer_number = ANY(CAST(:numbers AS text[]))
    """
)
WRITE_CUSTOMERS: Final = text(
    f"""
    INSERT INTO customers (organization_id, {", ".join(CUSTOMER_COLUMNS)})
    SELECT :organization_id, given.* FROM {_unnested(*CUSTOMER_COLUMNS)}
    ON CONFLICT (organization_id, customer_number) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in CUSTOMER_COLUMNS[1:])}
    RETURNING id, customer_number
    """
)
INSERT_ORDERS: Final = text(
    f"""
    INSERT INTO orders (organization_id, order_number, {", ".join(ORDER_COLUMNS)})
    SELECT :organization_id, given.* FROM {_unnested("number", *ORDER_COLUMNS)}
    ON CONFLICT (organization_id, order_number) DO NOTHING
    RETURNING id, order_number
    """
)
UPDATE_ORDERS: Final = text(
    f"""
    UPDATE orders SET {", ".join(f"{name} = given.{name}" for name in ORDER_COLUMNS)}
    FROM {_unnested("id", *ORDER_COLUMNS)} WHERE orders.id = given.id
    """
)
DELETE_LINES: Final = text("DELETE FROM order_lines WHERE order_id = ANY(CAST(:ids AS bigint[]))")
INSERT_LINES: Final = text(
    f"""
    INSERT INTO order_lines (organization_id, order_id, {", ".join(LINE_COLUMNS)})
    SELECT :organization_id, given.* FROM {_unnested("order_id", *LINE_COLUMNS)}
    """
)
