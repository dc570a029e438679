"""API tokens: the keys of programs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.tables import organization, user  # noqa: F401 - foreign keys name them


class ApiToken(Base):
    """A key with which a program acts as a user in one organisation; only its hash is stored.

    Without `expires_at` it never expires.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("organization_id", "id", name="api_tokens_of_organization"),
        # The name of a revoked token is free.
        Index(
            "api_tokens_name",
            "organization_id",
            "name",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(Timestamp)
    last_used_at: Mapped[datetime | None] = mapped_column(Timestamp)
    revoked_at: Mapped[datetime | None] = mapped_column(Timestamp)
