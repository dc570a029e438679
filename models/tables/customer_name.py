"""The names under which customers have ordered, to find their orders and invoices by name."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.tables import customer  # noqa: F401 - a foreign key names it


class CustomerName(Base):
    """A name of a buyer on an order of this customer; most customers have one.

    A trigger on `orders` adds them (models/migrations/buyers.py). They are far fewer than the
    orders, so a part of a name is looked for here.
    """

    __tablename__ = "customer_names"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="customer_names_customer",
            ondelete="CASCADE",
        ),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
