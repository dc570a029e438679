"""The SQL statements of an import.

Rows are sent as arrays, one per column, so that the same statement serves one row or thousands.
"""

# ruff: noqa: S608 - what is put into the statements are names of our own columns

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from models.array_literals import array_literal
from models.order_import.content import BUYER, Content
from models.order_import.csv_file.order import FileOrder, Head, Line

_OWN: Final = ("order_date", "currency", "status", "expected_gross")
# The columns of `customers` are `BUYER`.
_BUYER_OF_ORDER: Final = tuple(f"buyer_{name}" for name in BUYER)
ORDER_COLUMNS: Final = ("customer_id", *_OWN, *_BUYER_OF_ORDER)
LINE_COLUMNS: Final = Line._fields

_TYPES: Final = {
    "id": "bigint",
    "order_id": "bigint",
    "customer_id": "bigint",
    "as_of": "date",
    "order_date": "date",
    "expected_gross": "numeric",
    "line_number": "integer",
    "quantity": "numeric",
    "unit_price": "numeric",
    "discount_percent": "numeric",
    "tax_percent": "numeric",
    "unit_price_gross": "numeric",
}


def arrays(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The rows' values as parameters, one array per column."""
    return dict(zip(names, map(array_literal, zip(*rows, strict=True)), strict=True))


def buyer_columns(head: Head) -> tuple[Any, ...]:
    """The values of `BUYER`."""
    return head[2:9]


def order_columns(head: Head, customer_id: int) -> tuple[Any, ...]:
    """The values of `ORDER_COLUMNS`."""
    own = (head.order_date, head.currency, head.status, head.expected_gross)
    return (customer_id, *own, *buyer_columns(head))


def content_of(order: FileOrder, head: Head) -> Content:
    """The order of a file, to compare with a stored one."""
    lines = [comparable(order.lines[number]) for number in sorted(order.lines)]
    return Content(comparable_head(head), head.status, lines)


def as_read(content: Content) -> tuple[Head, list[Line]]:
    """An order's content as a file would give it."""
    *own, expected = map(_plain, content.head)
    head = Head._make([*own, content.status, expected])
    return head, [Line(*map(_plain, line)) for line in content.lines]


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def comparable_head(head: Head) -> tuple[Any, ...]:
    """The order as `STORED_ORDERS` would read it, without its status."""
    expected = None if head.expected_gross is None else Decimal(head.expected_gross)
    return (*head[:10], expected)


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
        line.row_type,
        None if line.unit_price_gross is None else Decimal(line.unit_price_gross),
    )


def _unnested(*names: str) -> str:
    casts = ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in names)
    return f"unnest({casts}) AS given ({', '.join(names)})"


STORED_ORDERS: Final = text(
    f"""
    SELECT o.order_number, o.id, o.revision, o.status, o.order_date, c.customer_number,
           {", ".join(f"o.{name}" for name in _BUYER_OF_ORDER)}, o.currency, o.expected_gross
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
    SELECT id, status, revision FROM orders WHERE id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
    """
)
STORED_CUSTOMERS: Final = text(
    f"""
    SELECT customer_number, id, as_of, {", ".join(BUYER)}
    FROM customers WHERE customer_number = ANY(CAST(:numbers AS text[]))
    """
)
# Another import may have written a newer record meanwhile: then the row is not returned.
WRITE_CUSTOMERS: Final = text(
    f"""
    INSERT INTO customers (organization_id, customer_number, as_of, {", ".join(BUYER)})
    SELECT :organization_id, given.* FROM {_unnested("customer_number", "as_of", *BUYER)}
    ON CONFLICT (organization_id, customer_number) DO UPDATE
    SET as_of = excluded.as_of, {", ".join(f"{name} = excluded.{name}" for name in BUYER)}
    WHERE customers.as_of IS NULL OR customers.as_of <= excluded.as_of
    RETURNING id, customer_number
    """
)
INSERT_ORDERS: Final = text(
    f"""
    INSERT INTO orders
        (organization_id, attention_stamp, order_number, {", ".join(ORDER_COLUMNS)})
    SELECT :organization_id, :stamp, given.* FROM {_unnested("number", *ORDER_COLUMNS)}
    ON CONFLICT (organization_id, order_number) DO NOTHING
    RETURNING id, order_number
    """
)
UPDATE_ORDERS: Final = text(
    f"""
    UPDATE orders SET {", ".join(f"{name} = given.{name}" for name in ORDER_COLUMNS)},
        revision = revision + 1
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
