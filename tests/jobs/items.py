"""Reads the items of a job, and the invoice numbers that they received."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import org_transaction
from models.tables.batch_job import BatchJobItem
from models.tables.invoice import Invoice
from tests.records import Account


def item_of(account: Account, job_id: UUID, order_id: int) -> BatchJobItem:
    with org_transaction(account.organization_id) as session:
        return session.get_one(BatchJobItem, (job_id, order_id))


def items_of(account: Account, job_id: UUID) -> dict[int, BatchJobItem]:
    with org_transaction(account.organization_id) as session:
        items = session.scalars(select(BatchJobItem).where(BatchJobItem.job_id == job_id))
        return {item.order_id: item for item in items}


def sequences(account: Account) -> Sequence[int]:
    with org_transaction(account.organization_id) as session:
        return session.scalars(select(Invoice.sequence).order_by(Invoice.sequence)).all()
