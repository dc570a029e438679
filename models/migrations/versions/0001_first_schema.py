"""The first schema: tables, row-level security, and issued rows that never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import row_security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ORGANIZATION_TABLES = (
    "memberships",
    "api_tokens",
    "customers",
    "orders",
    "order_lines",
    "number_series",
    "batch_job_queue",
    "batch_job_items",
    "invoices",
    "invoice_lines",
    "invoice_taxes",
    "audit_log",
)
ISSUED_TABLES = ("invoices", "invoice_lines", "invoice_taxes")


def upgrade() -> None:
    create_tables()
    row_security.create_functions()
    row_security.protect_table("organizations", owned_by="id")
    row_security.protect_users()
    for table in ORGANIZATION_TABLES:
        row_security.protect_table(table)
    for table in ("organizations", "users", "memberships", "api_tokens"):
        row_security.admit_crossing(table, "login")
    row_security.admit_crossing("batch_job_queue", "sweep")
    for table in (*ISSUED_TABLES, "audit_log"):
        row_security.refuse_change(table)
    for table in ("invoice_lines", "invoice_taxes"):
        row_security.refuse_late_rows(table)


def create_tables() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("tax_category", sa.Text(), server_default="S", nullable=False),
        sa.Column("tax_percent", sa.Numeric(), server_default="19", nullable=False),
        sa.Column("payment_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="organizations_slug_shape"),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 3650", name="organizations_payment_days"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "name", name="api_tokens_name"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("batch_job_id", sa.Uuid(), nullable=True),
        sa.Column("source_address", sa.Text(), nullable=True),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "audit_log_by_job", "audit_log", ["organization_id", "batch_job_id", "id"], unique=False
    )
    op.create_index("audit_log_by_time", "audit_log", ["organization_id", "id"], unique=False)
    op.create_table(
        "batch_job_queue",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type", sa.Text(), server_default="bulk_invoice_generation", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("total_items", sa.Integer(), nullable=False),
        sa.Column(
            "processed_items",
            sa.Integer(),
            sa.Computed("successful_items + failed_items", persisted=True),
            nullable=False,
        ),
        sa.Column("successful_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_position", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "errors", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("job_type = 'bulk_invoice_generation'", name="batch_job_queue_type"),
        sa.CheckConstraint(
            "priority IN ('urgent', 'normal', 'low')", name="batch_job_queue_priority"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'paused', 'completed', 'failed', 'cancelled')",
            name="batch_job_queue_status",
        ),
        sa.CheckConstraint(
            "status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL",
            name="batch_job_queue_ended",
        ),
        sa.CheckConstraint("sent_position >= 0", name="batch_job_queue_sent_position"),
        sa.CheckConstraint(
            "total_items > 0 AND successful_items >= 0 AND failed_items >= 0 AND cancelled_items >= 0 AND successful_items + failed_items + cancelled_items <= total_items",
            name="batch_job_queue_counters",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="batch_job_queue_in_organization"),
    )
    op.create_index(
        "batch_job_queue_by_time",
        "batch_job_queue",
        ["organization_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "batch_job_queue_unfinished",
        "batch_job_queue",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('pending', 'processing', 'paused') OR successful_items + failed_items + cancelled_items < total_items"
        ),
    )
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
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="admin", nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("role IN ('admin', 'member')", name="memberships_role"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "user_id"),
    )
    op.create_index("memberships_user_id", "memberships", ["user_id"], unique=False)
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
    op.create_table(
        "invoices",
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
    )
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
    op.create_table(
        "batch_job_items",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_field", sa.Text(), nullable=True),
        sa.Column("error_remedy", sa.Text(), nullable=True),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'failed') = (error_code IS NOT NULL)", name="batch_job_items_reason"
        ),
        sa.CheckConstraint(
            "(status = 'succeeded') = (invoice_id IS NOT NULL)", name="batch_job_items_invoiced"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed', 'cancelled')",
            name="batch_job_items_status",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="batch_job_items_invoice",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "job_id"],
            ["batch_job_queue.organization_id", "batch_job_queue.id"],
            name="batch_job_items_job",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="batch_job_items_order",
        ),
        sa.PrimaryKeyConstraint("job_id", "order_id"),
    )
    op.create_index(
        "batch_job_items_by_order", "batch_job_items", ["organization_id", "order_id"], unique=False
    )
    op.create_index(
        "batch_job_items_by_position", "batch_job_items", ["job_id", "position"], unique=True
    )
    op.create_index(
        "batch_job_items_by_status",
        "batch_job_items",
        ["job_id", "status", "position"],
        unique=False,
    )
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
