"""Organisations, the people who work in them, and their API tokens."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

Timestamp = TIMESTAMP(timezone=True)


class Organization(Base):
    """A seller: whose orders are invoiced, under whose name and number series."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="organizations_slug_shape"),
        CheckConstraint("payment_days BETWEEN 0 AND 3650", name="organizations_payment_days"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    postal_code: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    vat_id: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text, server_default="EUR")
    tax_category: Mapped[str] = mapped_column(Text, server_default="S")
    tax_percent: Mapped[Decimal] = mapped_column(Numeric, server_default="19")
    payment_days: Mapped[int] = mapped_column(Integer, server_default="30")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class User(Base):
    """A person who can log in; which organisations they work in, memberships say."""

    __tablename__ = "users"
    __table_args__ = (Index("users_email_key", text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class Membership(Base):
    """A user's place in an organisation; once it has ended, it only says who they were."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'member')", name="memberships_role"),
        Index("memberships_user_id", "user_id"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, server_default="admin")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)


class ApiToken(Base):
    """A key with which a program acts as a user in one organisation; only its hash is kept.

    Without `expires_at` it never expires.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("organization_id", "id", name="api_tokens_of_organization"),
        # The name of a token that was revoked is free again.
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
