"""Orders files to import in tests."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from models.database import org_transaction
from models.order_import.csv_file.columns import COLUMNS, OPTIONAL
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.importer import ImportReport, import_orders
from models.order_import.orders_file import OrdersFile
from models.orders.search import FoundOrder, OrderFilter, search_orders
from tests.records import Account

SELLERS = Defaults(currency="EUR", tax_category="S", tax_percent="19")
COLUMNS_GIVEN = tuple(name for name in COLUMNS if name not in OPTIONAL)

PLAIN = {
    "order_number": "A-1",
    "order_date": "2026-03-01",
    "customer_number": "K-1",
    "customer_name": "Berglund & Söhne",
    "customer_email": "post@berglund.example",
    "street": "Hafenweg 2",
    "city": "Hamburg",
    "postal_code": "20457",
    "country": "DE",
    "vat_id": "DE123456789",
    "currency": "EUR",
    "line_number": "1",
    "sku": "L-100",
    "description": "Lamp, small",
    "quantity": "2",
    "unit": "C62",
    "unit_price": "12.50",
    "discount_percent": "0",
    "tax_category": "S",
    "tax_percent": "19",
}


def row(**changes: str) -> dict[str, str]:
    """A row without fault, with some values changed."""
    return PLAIN | changes


def orders_file(
    rows: Iterable[dict[str, str]],
    *,
    columns: Iterable[str] = COLUMNS_GIVEN,
    newline: str = "\n",
) -> bytes:
    """The rows as a file; a column that is not in `columns` is left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), extrasaction="ignore", lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


class Dribble:
    """A file that returns a few bytes at a time, whatever size is requested."""

    def __init__(self, data: bytes, size: int = 7) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, _size: int, /) -> bytes:
        return self._file.read(self._size)

    def seek(self, offset: int, /) -> int:
        return self._file.seek(offset)


def import_bytes(organization_id: int, data: bytes) -> ImportReport:
    """Imports a file that is held in memory."""
    return import_orders(organization_id, io.BytesIO(data))


def faults_of(report: Any) -> list[tuple[int, str | None, str]]:
    """Line, column and code of each reported fault."""
    return [(fault.line, fault.column, fault.code) for fault in report.errors]


def read(data: bytes) -> tuple[OrdersFile, dict[str, FileOrder]]:
    """The file after it was read, and the orders it accepted."""
    file = OrdersFile(io.BytesIO(data), SELLERS)
    return file, {order.number: order for batch in file.batches() for order in batch}


def faults(file: OrdersFile) -> list[tuple[int, str | None, str]]:
    """Line, column and code of each fault."""
    return [(fault.line, fault.column, fault.code) for fault in file.errors.kept]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Orders created, updated, unchanged, rejected."""
    return (
        report.orders_created,
        report.orders_updated,
        report.orders_unchanged,
        report.orders_rejected,
    )


def stored_orders(seller: Account) -> dict[str, FoundOrder]:
    """The stored orders by number."""
    with org_transaction(seller.organization_id) as session:
        page = search_orders(session, OrderFilter(), limit=1_000)
    return {found.order.order_number: found for found in page.items}
