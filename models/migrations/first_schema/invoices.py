"""Invoices and their numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create_number_series() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "number_series",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_issue_date", sa.Date(), nullable=True),
        sa.CheckConstraint("last_number >= 0", name="number_series_last_number"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "series", "year"),
    )


def create_invoices() -> None:
    """With its constraints and indexes."""
    op.create_table("invoices", *_invoice_columns(), *_invoice_constraints())
    op.create_index(
        "invoices_by_customer", "invoices", ["organization_id", "customer_id", "id"], unique=False
    )
    op.create_index(
        "invoices_by_date", "invoices", ["organization_id", "issue_date", "id"], unique=False
    )
    op.create_index(
        "invoices_by_job", "invoices", ["organization_id", "batch_job_id", "id"], unique=False
    )
    op.create_index(
        "invoices_by_order_number", "invoices", ["organization_id", "order_number"], unique=False
    )


def _invoice_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(collation="C"), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        sa.Column("batch_job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("tax", sa.Numeric(), nullable=False),
        sa.Column("gross", sa.Numeric(), nullable=False),
        sa.Column("seller", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    ]


def _invoice_constraints() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("due_date >= issue_date", name="invoices_due_date"),
        sa.CheckConstraint("extract(year FROM issue_date) = year", name="invoices_year"),
        sa.CheckConstraint("gross = net + tax", name="invoices_gross"),
        sa.CheckConstraint("net >= 0 AND tax >= 0", name="invoices_amounts"),
        sa.CheckConstraint("sequence > 0", name="invoices_sequence_positive"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "batch_job_id"],
            ["batch_job_queue.organization_id", "batch_job_queue.id"],
            name="invoices_batch_job",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="invoices_customer",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="invoices_order",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="invoices_in_organization"),
        sa.UniqueConstraint("organization_id", "number", name="invoices_number"),
        sa.UniqueConstraint("organization_id", "order_id", name="invoices_one_per_order"),
        sa.UniqueConstraint(
            "organization_id", "series", "year", "sequence", name="invoices_sequence"
        ),
    ]


def create_invoice_lines() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "invoice_lines",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Numeric(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_percent", sa.Numeric(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="invoice_lines_invoice",
        ),
        sa.PrimaryKeyConstraint("invoice_id", "line_number"),
    )


def create_invoice_taxes() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "invoice_taxes",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(), nullable=False),
        sa.Column("taxable", sa.Numeric(), nullable=False),
        sa.Column("tax", sa.Numeric(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="invoice_taxes_invoice",
        ),
        sa.PrimaryKeyConstraint("invoice_id", "category", "percent"),
    )
