"""Customers, orders and order lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create_customers() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_code", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=True),
        sa.Column("payment_days", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("customer_number <> ''", name="customers_number_given"),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 3650", name="customers_payment_days"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "customer_number", name="customers_number"),
        sa.UniqueConstraint("organization_id", "id", name="customers_in_organization"),
    )
    op.create_index("customers_name", "customers", ["organization_id", "name"], unique=False)


def create_orders() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(collation="C"), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="confirmed", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("order_number <> ''", name="orders_number_given"),
        sa.CheckConstraint(
            "status IN ('draft', 'confirmed', 'cancelled', 'invoiced')", name="orders_status"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="orders_customer",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="orders_in_organization"),
        sa.UniqueConstraint("organization_id", "order_number", name="orders_number"),
    )
    op.create_index(
        "orders_by_customer",
        "orders",
        ["organization_id", "customer_id", "order_date", "id"],
        unique=False,
    )
    op.create_index(
        "orders_by_date", "orders", ["organization_id", "order_date", "id"], unique=False
    )
    op.create_index(
        "orders_by_status",
        "orders",
        ["organization_id", "status", "order_date", "id"],
        unique=False,
    )


def create_order_lines() -> None:
    """With its constraints and indexes."""
    op.create_table(
        "order_lines",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="C62", nullable=False),
        sa.Column("unit_price", sa.Numeric(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_percent", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "abs(discount_percent) < 1000000000000", name="order_lines_discount_percent_bounded"
        ),
        sa.CheckConstraint("abs(quantity) < 1000000000000", name="order_lines_quantity_bounded"),
        sa.CheckConstraint(
            "abs(tax_percent) < 1000000000000", name="order_lines_tax_percent_bounded"
        ),
        sa.CheckConstraint(
            "abs(unit_price) < 1000000000000", name="order_lines_unit_price_bounded"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="order_lines_order",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "line_number"),
    )
