"""Sessions of users who have signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.tables import organization, user  # noqa: F401 - foreign keys name them


class UserSession(Base):
    """A user's login in one organisation, from one browser; all times are PostgreSQL's.

    A user who switches to another organisation gets a new row, which expires when the former one
    would have.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        CheckConstraint(
            "ended_why IN ('logged_out', 'switched', 'replaced', 'revoked', 'operator', "
            "'new_password')",
            name="user_sessions_ended_why",
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name="user_sessions_ended_for_a_reason"
        ),
        Index("user_sessions_by_user", "user_id", "id"),
        Index("user_sessions_by_expiry", "organization_id", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    password_mark: Mapped[str] = mapped_column(Text)
    source_address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text, server_default="")
    started_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Timestamp)
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)
    ended_why: Mapped[str | None] = mapped_column(Text)
