"""All tables, gathered for migrations and for the tests that compare them with the database."""

from __future__ import annotations

from models.accounts import audit, user_sessions
from models.database import Base
from models.tables import batch_job, customer, invoice, order, organization

__all__ = [
    "audit",
    "batch_job",
    "customer",
    "invoice",
    "metadata",
    "order",
    "organization",
    "user_sessions",
]

metadata = Base.metadata
