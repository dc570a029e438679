"""Sales orders and their lines, as imported."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Timestamp
from models.tables import organization  # noqa: F401 - a foreign key names it
from models.tables.customer import Customer

ORDER_STATUSES = ("draft", "confirmed", "cancelled", "invoiced")

# The bound refuses NaN and infinity, which NUMERIC can hold: PostgreSQL sorts both above every
# number. All other values are stored as they were written.
_AMOUNT_BOUND = "1000000000000"


ROW_TYPES = ("line", "allowance", "charge")
_AMOUNTS = ("quantity", "unit_price", "discount_percent", "tax_percent", "unit_price_gross")


def _bounded(column: str) -> CheckConstraint:
    return CheckConstraint(f"abs({column}) < {_AMOUNT_BOUND}", name=f"order_lines_{column}_bounded")


class Order(Base):
    """A sales order. `status` becomes `invoiced` in the transaction that writes its invoice.

    The buyer is the one to whom the invoice is made out. An order that is inserted without a
    `buyer_name` takes its customer's data (models/migrations/buyers.py). `expected_gross` is the
    total that the order's source computed, None if it gave none. `revision` grows with every
    change. `attention_*` is why a confirmed order cannot be invoiced, None if it can; the stamp
    says by which rules it was checked (models/orders/attention.py).
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("organization_id", "order_number", name="orders_number"),
        UniqueConstraint("organization_id", "id", name="orders_in_organization"),
        ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="orders_customer",
        ),
        CheckConstraint(
            "status IN ('draft', 'confirmed', 'cancelled', 'invoiced')", name="orders_status"
        ),
        CheckConstraint("order_number <> ''", name="orders_number_given"),
        CheckConstraint(
            f"abs(expected_gross) < {_AMOUNT_BOUND}", name="orders_expected_gross_bounded"
        ),
        # One index per way of listing: newest first, by status, by customer, and both.
        Index("orders_by_date", "organization_id", "order_date", "id"),
        Index("orders_by_status", "organization_id", "status", "order_date", "id"),
        Index("orders_by_customer", "organization_id", "customer_id", "status", "order_date", "id"),
        Index(
            "orders_needing_attention",
            "organization_id",
            "order_date",
            "id",
            postgresql_where=text("attention_code IS NOT NULL AND status = 'confirmed'"),
        ),
        Index(
            "orders_needing_attention_by_customer",
            "organization_id",
            "customer_id",
            "order_date",
            "id",
            postgresql_where=text("attention_code IS NOT NULL AND status = 'confirmed'"),
        ),
        Index(
            "orders_by_attention_stamp",
            "organization_id",
            "attention_stamp",
            postgresql_where=text("status = 'confirmed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    # Collated by bytes, so that the unique index also serves searches by prefix: under row-level
    # security only leakproof comparisons reach an index, and LIKE is not one.
    order_number: Mapped[str] = mapped_column(Text(collation="C"))
    order_date: Mapped[date] = mapped_column(Date)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="confirmed")
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    buyer_name: Mapped[str] = mapped_column(Text)
    buyer_street: Mapped[str] = mapped_column(Text)
    buyer_city: Mapped[str] = mapped_column(Text)
    buyer_postal_code: Mapped[str] = mapped_column(Text)
    buyer_country: Mapped[str] = mapped_column(Text)
    buyer_email: Mapped[str | None] = mapped_column(Text)
    buyer_vat_id: Mapped[str | None] = mapped_column(Text)
    expected_gross: Mapped[Decimal | None] = mapped_column(Numeric)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")
    attention_stamp: Mapped[int] = mapped_column(BigInteger, server_default="0")
    attention_code: Mapped[str | None] = mapped_column(Text)
    attention_field: Mapped[str | None] = mapped_column(Text)
    attention_message: Mapped[str | None] = mapped_column(Text)
    attention_remedy: Mapped[str | None] = mapped_column(Text)

    customer: Mapped[Customer] = relationship(viewonly=True)
    lines: Mapped[list[OrderLine]] = relationship(viewonly=True, order_by="OrderLine.line_number")


class OrderLine(Base):
    """One row of an order; `tax_percent` and `discount_percent` in percent (19 = 19 %).

    An allowance or charge on the whole order (`row_type`) has its amount as `unit_price` and its
    reason as `description`. Where `unit_price_gross` is given, the net price follows from it.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="order_lines_order",
            ondelete="CASCADE",
        ),
        CheckConstraint("row_type IN ('line', 'allowance', 'charge')", name="order_lines_row_type"),
        CheckConstraint(
            "row_type = 'line' OR (quantity = 1 AND discount_percent = 0)",
            name="order_lines_single_amount",
        ),
        *(_bounded(name) for name in _AMOUNTS),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, server_default="")
    description: Mapped[str] = mapped_column(Text, server_default="")
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    unit: Mapped[str] = mapped_column(Text, server_default="C62")
    unit_price: Mapped[Decimal] = mapped_column(Numeric)
    discount_percent: Mapped[Decimal] = mapped_column(Numeric, server_default="0")
    tax_category: Mapped[str] = mapped_column(Text)
    tax_percent: Mapped[Decimal] = mapped_column(Numeric)
    row_type: Mapped[str] = mapped_column(Text, server_default="line")
    unit_price_gross: Mapped[Decimal | None] = mapped_column(Numeric)
