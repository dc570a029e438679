"""Files of orders, their imports as runs, and everything that an import leaves behind."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from models.database import org_transaction
from models.order_import.runs.search import find_run
from models.order_import.runs.state import COUNTED
from models.order_import.runs.submission import Upload, submit_file
from models.tables.customer import Customer
from models.tables.import_run import ImportChange, ImportFinding, ImportRun
from models.tables.order import Order, OrderLine
from tests.storage.orders_files import orders_file, row


def mixed_file(orders: int) -> bytes:
    """Orders of two rows each: every seventh with a faulty row, and near the end rows of the third,
    which is stored long before."""
    rows = []
    for number in range(orders):
        quantity = "?" if number % 7 == 6 else "2"
        head = {"order_number": f"A-{number}", "customer_number": f"K-{number % 10}"}
        rows += [row(**head), row(**head, line_number="2", quantity=quantity)]
    rows.insert(len(rows) - 4, row(order_number="A-2", customer_number="K-2", line_number="3"))
    return orders_file(rows)


def submitted(organization_id: int, data: bytes) -> UUID:
    """The id of a new run."""
    return submit_file(organization_id, Upload(io.BytesIO(data), "orders.csv")).run_id


def run_of(organization_id: int, run_id: UUID) -> ImportRun:
    """The run as it is stored."""
    with org_transaction(organization_id) as session:
        return find_run(session, run_id).run


def order_id_of(organization_id: int, number: str) -> int:
    """The id of the order with that number."""
    with org_transaction(organization_id) as session:
        return session.scalars(select(Order.id).where(Order.order_number == number)).one()


def left_behind(organization_id: int, run_id: UUID) -> dict[str, Any]:
    """The run's counts, findings and changes, and the organisation's orders."""
    with org_transaction(organization_id) as session:
        run = find_run(session, run_id).run
        found = session.execute(
            select(
                ImportFinding.position, ImportFinding.line, ImportFinding.field, ImportFinding.code
            )
            .where(ImportFinding.run_id == run_id)
            .order_by(ImportFinding.position)
        )
        changes = session.execute(
            select(ImportChange.kind, ImportChange.position, ImportChange.details)
            .where(ImportChange.run_id == run_id)
            .order_by(ImportChange.kind, ImportChange.position)
        )
        orders = session.execute(
            select(Order.order_number, Order.status, func.count(OrderLine.line_number))
            .join(OrderLine, OrderLine.order_id == Order.id)
            .group_by(Order.order_number, Order.status)
            .order_by(Order.order_number)
        )
        customers = session.scalar(select(func.count()).select_from(Customer))
        return {
            "status": run.status,
            "batches": run.batches,
            **{name: getattr(run, name) for name in COUNTED},
            "findings": [tuple(one) for one in found],
            "changes": [tuple(one) for one in changes],
            "orders": [tuple(one) for one in orders],
            "customers": customers,
        }
