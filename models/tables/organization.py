"""Organisations, whose orders are invoiced."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Identity,
    Integer,
    Numeric,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp


class Organization(Base):
    """A seller, whose orders are invoiced in its name and with its number series."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="organizations_slug_shape"),
        CheckConstraint("payment_days BETWEEN 0 AND 3650", name="organizations_payment_days"),
        CheckConstraint(
            "order_date_days_ahead BETWEEN 0 AND 3650", name="organizations_order_date_days_ahead"
        ),
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
    tax_number: Mapped[str | None] = mapped_column(Text)
    allow_zero_totals: Mapped[bool] = mapped_column(Boolean, server_default="false")
    order_date_days_ahead: Mapped[int] = mapped_column(Integer, server_default="30")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
