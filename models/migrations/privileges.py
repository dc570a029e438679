"""What the application's role may do: granted again after every migration."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from models.errors import MissingSetting

# Rows are only ever added to invoices and the audit log; the owner creates accounts. An admin may
# change what invoices say of the organisation, and nothing else of it.
PRIVILEGES: Final[dict[str, str]] = {
    "organizations": "SELECT, UPDATE (name, street, city, postal_code, country, vat_id, "
    "tax_number, payment_days, allow_zero_totals, order_date_days_ahead)",
    "users": "SELECT",
    "memberships": "SELECT",
    "api_tokens": "SELECT, UPDATE (last_used_at)",
    "user_sessions": "SELECT, INSERT, DELETE, UPDATE (last_seen_at, ended_at, ended_why)",
    "customers": "SELECT, INSERT, UPDATE",
    "customer_names": "SELECT, INSERT",
    "orders": "SELECT, INSERT, UPDATE",
    "order_lines": "SELECT, INSERT, DELETE",
    "number_series": "SELECT, INSERT, UPDATE (last_number, last_issue_date)",
    "invoices": "SELECT, INSERT",
    "invoice_lines": "SELECT, INSERT",
    "invoice_taxes": "SELECT, INSERT",
    "batch_job_queue": "SELECT, INSERT, UPDATE",
    "batch_job_items": "SELECT, INSERT, UPDATE",
    "audit_log": "SELECT, INSERT",
    "import_runs": "SELECT, INSERT, UPDATE",
    "import_file_chunks": "SELECT, INSERT, DELETE",
    "import_batches": "SELECT, INSERT, DELETE",
    "import_findings": "SELECT, INSERT",
    "import_changes": "SELECT, INSERT",
    "import_rejected_orders": "SELECT, INSERT, DELETE",
    "import_mappings": "SELECT, INSERT, UPDATE (fingerprint, mapping, changed_at), DELETE",
    "alembic_version": "SELECT",
}


def grant_privileges(connection: Connection, application_role: str) -> None:
    """Gives `application_role` exactly `PRIVILEGES`; raises `MissingSetting` if there is no such
    role."""
    exists = connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": application_role}
    ).scalar()
    if not exists:
        raise MissingSetting(
            f"The role {application_role!r} of DATABASE_URL does not exist; create it first: "
            f"CREATE ROLE \"{application_role}\" LOGIN PASSWORD '…';"
        )
    role = connection.dialect.identifier_preparer.quote(application_role)
    for table, privileges in PRIVILEGES.items():
        connection.execute(text(f"REVOKE ALL ON {table} FROM {role}"))
        connection.execute(text(f"GRANT {privileges} ON {table} TO {role}"))
    # Invoice ids are drawn ahead of the insert, so that lines can name them in the same step.
    connection.execute(text(f"GRANT USAGE ON SEQUENCE invoices_id_seq TO {role}"))
