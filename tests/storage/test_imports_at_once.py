"""Imports at the same time as other imports, or as the writing of an invoice."""

import threading

from sqlalchemy import func, select, update

from models.database import org_transaction
from models.order_import.importer import ImportReport
from models.tables.customer import Customer
from models.tables.order import Order, OrderLine
from tests.records import Account
from tests.storage.orders_files import (
    counts,
    faults_of,
    import_bytes,
    orders_file,
    row,
    stored_orders,
)


def test_imports_of_the_same_orders_at_once_store_each_order_once(seller: Account) -> None:
    """The files are in opposite order, so batches overlap in every way."""
    numbers = range(3_000)
    customers = {n: f"K-{n % 50}" for n in numbers}

    def file_of(order: "range | reversed[int]", street: str) -> bytes:
        return orders_file(
            row(order_number=f"A-{n:04}", customer_number=customers[n], street=street)
            for n in order
        )

    files = [file_of(numbers, "One 1"), file_of(reversed(numbers), "Two 2")] * 2
    reports: list[ImportReport] = []
    threads = [
        threading.Thread(
            target=lambda data=data: reports.append(import_bytes(seller.organization_id, data))
        )
        for data in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reports) == len(files)
    assert sum(report.orders_created for report in reports) == 3_000
    assert all(sum(counts(report)) == 3_000 for report in reports)
    with org_transaction(seller.organization_id) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 3_000
        assert session.scalar(select(func.count()).select_from(OrderLine)) == 3_000
        assert session.scalar(select(func.count()).select_from(Customer)) == 50


def test_an_import_waits_for_the_invoice_that_is_being_written(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    order_id = stored_orders(seller)["A-1"].order.id
    reports: list[ImportReport] = []
    changed = orders_file([row(quantity="9")])
    importing = threading.Thread(
        target=lambda: reports.append(import_bytes(seller.organization_id, changed))
    )
    with org_transaction(seller.organization_id) as session:
        session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
        importing.start()
        importing.join(0.5)
        assert importing.is_alive()
        session.execute(update(Order).where(Order.id == order_id).values(status="invoiced"))
    importing.join(30)
    assert faults_of(reports[0]) == [(2, "order_number", "order_already_invoiced")]
    assert stored_orders(seller)["A-1"].order.lines[0].quantity == 2
