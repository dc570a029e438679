"""Invoices as issued, and the counters that number them.

Issued rows never change: triggers of the first migration refuse UPDATE, DELETE and TRUNCATE, and
lines that are added after the invoice's own transaction.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Timestamp
from models.tables import (  # noqa: F401 - foreign keys name them
    batch_job,
    customer,
    order,
    organization,
    user,
)


class NumberSeries(Base):
    """The last number used per series and year; locked only while invoices are written."""

    __tablename__ = "number_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="number_series_last_number"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    series: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_issue_date: Mapped[date | None] = mapped_column(Date)


class Invoice(Base):
    """An issued invoice: seller and buyer are copied as they were at issue.

    `gross` = `net` + `tax` is the invoice's amount with VAT; `payable` differs from it only by
    `rounding` (EN 16931 BT-112, BT-114 and BT-115).
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("organization_id", "order_id", name="invoices_one_per_order"),
        UniqueConstraint("organization_id", "series", "year", "sequence", name="invoices_sequence"),
        UniqueConstraint("organization_id", "number", name="invoices_number"),
        UniqueConstraint("organization_id", "id", name="invoices_in_organization"),
        ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="invoices_order",
        ),
        ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="invoices_customer",
        ),
        ForeignKeyConstraint(
            ["organization_id", "batch_job_id"],
            ["batch_job_queue.organization_id", "batch_job_queue.id"],
            name="invoices_batch_job",
        ),
        CheckConstraint("sequence > 0", name="invoices_sequence_positive"),
        CheckConstraint("gross = net + tax", name="invoices_gross"),
        # The tax of one rate may be below 0: goods taxed at 19 % returned, others sold at 7 %.
        CheckConstraint(
            "net >= 0 AND gross >= 0 AND gross + rounding >= 0", name="invoices_amounts"
        ),
        CheckConstraint("due_date >= issue_date", name="invoices_due_date"),
        CheckConstraint("extract(year FROM issue_date) = year", name="invoices_year"),
        Index("invoices_by_customer", "organization_id", "customer_id", "issue_date", "id"),
        Index("invoices_by_date", "organization_id", "issue_date", "id"),
        Index(
            "invoices_by_order_number",
            "organization_id",
            "order_number",
            postgresql_include=["issue_date", "id", "customer_id"],
        ),
        Index("invoices_by_job", "organization_id", "batch_job_id", "issue_date", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[str] = mapped_column(Text(collation="C"))
    series: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(Text(collation="C"))
    order_date: Mapped[date] = mapped_column(Date)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    customer_number: Mapped[str] = mapped_column(Text)
    batch_job_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issue_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    payment_days: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(Text)
    net: Mapped[Decimal] = mapped_column(Numeric)
    tax: Mapped[Decimal] = mapped_column(Numeric)
    gross: Mapped[Decimal] = mapped_column(Numeric)
    rounding: Mapped[Decimal] = mapped_column(Numeric, server_default="0")
    seller: Mapped[dict[str, Any]] = mapped_column(JSONB)
    buyer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    lines: Mapped[list[InvoiceLine]] = relationship(
        viewonly=True, order_by="InvoiceLine.line_number"
    )
    taxes: Mapped[list[InvoiceTax]] = relationship(
        viewonly=True, order_by="(InvoiceTax.category, InvoiceTax.percent)"
    )

    @property
    def payable(self) -> Decimal:
        """What the buyer owes."""
        return self.gross + self.rounding

    @property
    def line_total(self) -> Decimal:
        """The net of the lines alone."""
        return self._sum("line")

    @property
    def allowances(self) -> Decimal:
        """What is taken off the whole, before tax; not below 0."""
        return self._sum("allowance")

    @property
    def charges(self) -> Decimal:
        """What is added to the whole, before tax."""
        return self._sum("charge")

    def _sum(self, row_type: str) -> Decimal:
        return sum((line.net for line in self.lines if line.row_type == row_type), Decimal(0))


class InvoiceLine(Base):
    """One row of an invoice; `net` in the invoice's currency after discount.

    The net of an allowance (`row_type`) is above 0, and the invoice's net is lower by it.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="invoice_lines_invoice",
        ),
        CheckConstraint(
            "row_type IN ('line', 'allowance', 'charge')", name="invoice_lines_row_type"
        ),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sku: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    unit: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[Decimal] = mapped_column(Numeric)
    discount_percent: Mapped[Decimal] = mapped_column(Numeric)
    tax_category: Mapped[str] = mapped_column(Text)
    tax_percent: Mapped[Decimal] = mapped_column(Numeric)
    net: Mapped[Decimal] = mapped_column(Numeric)
    row_type: Mapped[str] = mapped_column(Text, server_default="line")
    unit_price_gross: Mapped[Decimal | None] = mapped_column(Numeric)


class InvoiceTax(Base):
    """The tax of one category and rate of an invoice (EN 16931 BG-23)."""

    __tablename__ = "invoice_taxes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="invoice_taxes_invoice",
        ),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category: Mapped[str] = mapped_column(Text, primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Numeric, primary_key=True)
    taxable: Mapped[Decimal] = mapped_column(Numeric)
    tax: Mapped[Decimal] = mapped_column(Numeric)
    reason: Mapped[str | None] = mapped_column(Text)
