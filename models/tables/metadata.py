"""All tables, gathered for migrations and for the tests that compare them with the database."""

from __future__ import annotations

from models.database import Base
from models.tables import (
    api_token,
    audit_log,
    batch_job,
    customer,
    customer_name,
    import_mapping,
    import_run,
    invoice,
    membership,
    order,
    organization,
    user,
    user_session,
)

__all__ = [
    "api_token",
    "audit_log",
    "batch_job",
    "customer",
    "customer_name",
    "import_mapping",
    "import_run",
    "invoice",
    "membership",
    "metadata",
    "order",
    "organization",
    "user",
    "user_session",
]

metadata = Base.metadata
