"""The audit log: a row for each act on an organisation's data."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.tables import api_token, organization, user  # noqa: F401 - foreign keys name them


class AuditEntry(Base):
    """One act of a person or program on an organisation's data."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("audit_log_by_time", "organization_id", "id"),
        ForeignKeyConstraint(
            ["organization_id", "api_token_id"],
            ["api_tokens.organization_id", "api_tokens.id"],
            name="audit_log_api_token",
        ),
        Index("audit_log_by_job", "organization_id", "batch_job_id", "id"),
        *(
            Index(
                f"audit_log_by_{name}",
                "organization_id",
                f"{name}_id",
                "id",
                postgresql_where=text(f"{name}_id IS NOT NULL"),
            )
            for name in ("order", "customer")
        ),
        Index(
            "audit_log_changes",
            "organization_id",
            "id",
            postgresql_where=text("action IN ('order.changed', 'customer.changed')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    api_token_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    batch_job_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    source_address: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
