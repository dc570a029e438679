"""The first schema: tables, row-level security, and issued rows that never change."""

from __future__ import annotations

from models.migrations import row_security
from models.migrations.first_schema import accounts, invoices, jobs, orders

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
    """Each behind those that it refers to."""
    accounts.create_organizations()
    accounts.create_users()
    accounts.create_api_tokens()
    accounts.create_audit_log()
    jobs.create_batch_job_queue()
    orders.create_customers()
    accounts.create_memberships()
    invoices.create_number_series()
    orders.create_orders()
    invoices.create_invoices()
    orders.create_order_lines()
    jobs.create_batch_job_items()
    invoices.create_invoice_lines()
    invoices.create_invoice_taxes()
