"""Saved mappings: how an organisation's files with other headers are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.tables import organization  # noqa: F401 - a foreign key names it


class ImportMapping(Base):
    """A mapping under a name; files whose header has the fingerprint are read by it.

    `mapping` is what `models/order_import/mapping/mapping.py` writes.
    """

    __tablename__ = "import_mappings"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="import_mappings_name"),
        CheckConstraint("length(fingerprint) = 64", name="import_mappings_fingerprint"),
        Index("import_mappings_by_header", "organization_id", "fingerprint", "changed_at"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
