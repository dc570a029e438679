"""Who did what, when, and from where. Rows are only ever added."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    Uuid,
    func,
    insert,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base
from models.tables.organization import Timestamp


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
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    api_token_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    batch_job_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    source_address: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, from which network address, and with which API token if with any.

    An operator at the command line has none of these.
    """

    user_id: int | None
    source_address: str | None = None
    token_id: int | None = None


# Who acts at the command line.
OPERATOR: Final = Author(user_id=None)


def record_act(
    session: Session,
    organization_id: int,
    author: Author,
    action: str,
    *,
    job_id: uuid.UUID | None = None,
    **details: Any,
) -> None:
    """Adds an act to the log, in the transaction that does it: neither is there without the other.

    Actions are named object.verb: `job.submitted`, `job.cancelled`, `session.opened`.
    """
    session.execute(
        insert(AuditEntry).values(
            organization_id=organization_id,
            user_id=author.user_id,
            api_token_id=author.token_id,
            action=action,
            batch_job_id=job_id,
            source_address=author.source_address,
            details=details,
        )
    )
