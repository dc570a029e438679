"""Fills a database with orders, or with invoiced orders, by SQL.

All values are computed from an order's position. So two connections can fill at the same time, and
the amounts of lines, taxes and invoices agree. It connects as the administrator, because only that
role can turn triggers and foreign keys off (`session_replication_role`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql

from benchmarks import filling_sql
from models.invoices.numbers_and_dates import SERIES
from models.invoicing.invoice_number import InvoiceNumber

CONNECTIONS = 2
_CHUNK = 50_000
_FILLED = (
    "customers",
    "customer_names",
    "orders",
    "order_lines",
    "invoices",
    "invoice_lines",
    "invoice_taxes",
)


class Fillable(Protocol):
    """A database, as its server's administrator reaches it."""

    @property
    def admin_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Filling:
    """What one call fills; positions start at 1."""

    organization_id: int
    count: int
    lines: int
    status: str
    flawed_percent: float
    customers: int
    first_order: int
    first_invoice: int = 0

    def parameters(self, first: int, last: int) -> dict[str, Any]:
        return {
            "organization_id": self.organization_id,
            "count": self.count,
            "lines": self.lines,
            "status": self.status,
            "flawed_percent": self.flawed_percent,
            "customers": self.customers,
            "before_order": self.first_order - 1,
            "before_invoice": self.first_invoice - 1,
            "series": SERIES,
            "first": first,
            "last": last,
        }


def fill_orders(
    database: Fillable,
    organization_id: int,
    count: int,
    *,
    lines: int = 3,
    status: str = "confirmed",
    flawed_percent: float = 0.0,
    customers: int = 2_000,
    analyze: bool = False,
) -> range:
    """Adds `count` orders dated within the last three years; returns their ids.

    A few of the customers have most of the orders. Currencies (EUR, USD, JPY, KWD) and tax
    categories (S at 19 and 7 %, E, K, G) follow the customer. `flawed_percent` of the orders have a
    first line with quantity 0, which cannot be invoiced.
    """
    with _administrator(database) as connection:
        first_order = _reserve(connection, "orders", count)
        filling = _Filling(
            organization_id, count, lines, status, flawed_percent, customers, first_order
        )
        _fill_customers(connection, filling)
    _in_parts(database, filling, [filling_sql.ORDERS, filling_sql.ORDER_LINES])
    _finish(database, analyze=analyze)
    return range(first_order, first_order + count)


def fill_invoiced(
    database: Fillable,
    organization_id: int,
    count: int,
    *,
    lines: int = 3,
    customers: int = 2_000,
    analyze: bool = False,
) -> range:
    """As `fill_orders`, with an invoice for each order, issued on the day of the order.

    Numbers run without a gap, year by year, and the series' rows say so: the next invoice takes
    the next number. Raises ValueError for an organisation that has invoices already.
    """
    with _administrator(database) as connection:
        taken = "SELECT FROM number_series WHERE organization_id = %s"
        if connection.execute(taken, [organization_id]).fetchone():
            raise ValueError(f"organisation {organization_id} has invoices already")
        filling = _Filling(
            organization_id, count, lines, "invoiced", 0.0, customers,
            _reserve(connection, "orders", count), _reserve(connection, "invoices", count),
        )  # fmt: skip
        _fill_customers(connection, filling)
    statements = [
        filling_sql.ORDERS,
        filling_sql.ORDER_LINES,
        filling_sql.INVOICE_LINES,
        filling_sql.INVOICE_TAXES,
        filling_sql.INVOICES,
    ]
    _in_parts(database, filling, statements)
    with _administrator(database) as connection:
        connection.execute(filling_sql.SERIES_ROWS, filling.parameters(1, count))
        _check_numbers(connection, organization_id)
    _finish(database, analyze=analyze)
    return range(filling.first_order, filling.first_order + count)


def _fill_customers(connection: psycopg.Connection[Any], filling: _Filling) -> None:
    """With their names, which a trigger adds otherwise."""
    for statement in (filling_sql.CUSTOMERS, filling_sql.CUSTOMER_NAMES):
        connection.execute(statement, filling.parameters(1, filling.count))


def _in_parts(database: Fillable, filling: _Filling, statements: Sequence[str]) -> None:
    """Runs the statements for all positions; each connection fills its share in chunks."""
    share = -(-filling.count // CONNECTIONS)

    def fill(first: int, last: int) -> None:
        with _administrator(database) as connection:
            for begin in range(first, last + 1, _CHUNK):
                parameters = filling.parameters(begin, min(begin + _CHUNK - 1, last))
                for statement in statements:
                    connection.execute(statement, parameters)
                connection.commit()

    shares = [
        (begin, min(begin + share - 1, filling.count))
        for begin in range(1, filling.count + 1, share)
    ]
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for done in [threads.submit(fill, *bounds) for bounds in shares]:
            done.result()


def _administrator(database: Fillable) -> psycopg.Connection[Any]:
    """A connection without triggers and foreign keys. Its commits do not wait for the disk."""
    connection = psycopg.connect(
        database.admin_url, options="-c synchronous_commit=off -c work_mem=64MB"
    )
    connection.execute("SET session_replication_role = replica")
    return connection


def _reserve(connection: psycopg.Connection[Any], table: str, count: int) -> int:
    """Reserves `count` consecutive ids; returns the first."""
    reserved = connection.execute(
        "SELECT setval(s, nextval(s) + %s - 1) FROM pg_get_serial_sequence(%s, 'id') AS s",
        [count, table],
    ).fetchone()
    assert reserved
    return int(reserved[0]) - count + 1


def _check_numbers(connection: psycopg.Connection[Any], organization_id: int) -> None:
    """Checks that the last number has the application's format."""
    query = """
        SELECT s.year, s.last_number, i.number FROM number_series s
        LEFT JOIN invoices i ON (i.organization_id, i.series, i.year, i.sequence)
                              = (s.organization_id, s.series, s.year, s.last_number)
        WHERE s.organization_id = %s
    """
    for year, last, number in connection.execute(query, [organization_id]):
        if str(InvoiceNumber(SERIES, year, last)) != number:
            raise AssertionError(f"number {last} of {year} was filled in as {number}")


def _finish(database: Fillable, *, analyze: bool) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        if analyze:
            tables = sql.SQL(", ").join(map(sql.Identifier, _FILLED))
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(tables))
