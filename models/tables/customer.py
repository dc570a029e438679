"""Customers: the address book of buyers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.tables import organization  # noqa: F401 - a foreign key names it


class Customer(Base):
    """An entry of the address book: a buyer as its newest order names it.

    `as_of` is the day of what is recorded here: an older order does not change it. An order that is
    dated in the future counts as of today. Invoices take the buyer from the order, and from here
    the number and the payment term only.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("organization_id", "customer_number", name="customers_number"),
        # Orders and invoices refer to this, so a reference across organisations is impossible.
        UniqueConstraint("organization_id", "id", name="customers_in_organization"),
        CheckConstraint("customer_number <> ''", name="customers_number_given"),
        CheckConstraint("payment_days BETWEEN 0 AND 3650", name="customers_payment_days"),
        Index("customers_name", "organization_id", "name"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    customer_number: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="")
    email: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text, server_default="")
    city: Mapped[str] = mapped_column(Text, server_default="")
    postal_code: Mapped[str] = mapped_column(Text, server_default="")
    country: Mapped[str] = mapped_column(Text, server_default="")
    vat_id: Mapped[str | None] = mapped_column(Text)
    payment_days: Mapped[int | None] = mapped_column(Integer)
    as_of: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
