"""The application's role has exactly these privileges, by table and column."""

from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from models.database import owner_engine
from models.migrations.privileges import PRIVILEGES
from models.tables.metadata import metadata
from tests.servers import Database

# Written out, not taken from the code: a new privilege must be added here with a reason.
EXPECTED: Final[dict[str, set[str]]] = {
    # An admin mends what invoices say of the seller.
    "organizations": {
        "SELECT", "UPDATE (name)", "UPDATE (street)", "UPDATE (city)", "UPDATE (postal_code)",
        "UPDATE (country)", "UPDATE (vat_id)", "UPDATE (tax_number)", "UPDATE (payment_days)",
        "UPDATE (allow_zero_totals)", "UPDATE (order_date_days_ahead)",
    },
    "users": {"SELECT"},
    "memberships": {"SELECT"},
    "api_tokens": {"SELECT", "UPDATE (last_used_at)"},
    "user_sessions": {
        "SELECT", "INSERT", "DELETE",
        "UPDATE (last_seen_at)", "UPDATE (ended_at)", "UPDATE (ended_why)",
    },
    "customers": {"SELECT", "INSERT", "UPDATE"},
    "customer_names": {"SELECT", "INSERT"},
    "orders": {"SELECT", "INSERT", "UPDATE"},
    "order_lines": {"SELECT", "INSERT", "DELETE"},
    "number_series": {
        "SELECT", "INSERT", "UPDATE (last_number)", "UPDATE (last_issue_date)"
    },
    "invoices": {"SELECT", "INSERT"},
    "invoice_lines": {"SELECT", "INSERT"},
    "invoice_taxes": {"SELECT", "INSERT"},
    "batch_job_queue": {"SELECT", "INSERT", "UPDATE"},
    "batch_job_items": {"SELECT", "INSERT", "UPDATE"},
    "audit_log": {"SELECT", "INSERT"},
    "import_runs": {"SELECT", "INSERT", "UPDATE"},
    # Deleted when the run ends or the file's time is over.
    "import_file_chunks": {"SELECT", "INSERT", "DELETE"},
    "import_batches": {"SELECT", "INSERT", "DELETE"},
    "import_findings": {"SELECT", "INSERT"},
    "import_changes": {"SELECT", "INSERT"},
    "import_rejected_orders": {"SELECT", "INSERT", "DELETE"},
    # A user saves, changes and deletes mappings.
    "import_mappings": {
        "SELECT", "INSERT", "DELETE",
        "UPDATE (fingerprint)", "UPDATE (mapping)", "UPDATE (changed_at)",
    },
    "alembic_version": {"SELECT"},
    "invoices_id_seq": {"USAGE"},
}  # fmt: skip

# Privileges of the role itself, of roles that it is a member of, and of PUBLIC.
GRANTED = text(
    """
    SELECT c.relname, a.privilege_type
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(
        CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND (a.grantee = 0 OR pg_has_role(:role, a.grantee, 'member'))
    UNION ALL
    SELECT c.relname, a.privilege_type || ' (' || t.attname || ')'
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a
    WHERE c.relnamespace = 'public'::regnamespace
      AND (a.grantee = 0 OR pg_has_role(:role, a.grantee, 'member'))
    """
)


def test_the_application_may_do_exactly_what_it_needs(database: Database) -> None:
    granted: dict[str, set[str]] = {}
    with owner_engine().connect() as connection:
        role = make_url(database.app_url).username
        for relation, right in connection.execute(GRANTED, {"role": role}):
            granted.setdefault(relation, set()).add(right)
    assert granted == EXPECTED


def test_every_table_has_its_rights_written_down() -> None:
    tables = set(metadata.tables) | {"alembic_version"}
    assert set(PRIVILEGES) == tables


@pytest.mark.parametrize(
    "question",
    [
        "has_schema_privilege(:role, 'public', 'CREATE')",
        "has_database_privilege(:role, current_database(), 'CREATE')",
    ],
)
def test_the_application_cannot_create_anything_in_the_database(
    database: Database, question: str
) -> None:
    with owner_engine().connect() as connection:
        role = make_url(database.app_url).username
        assert connection.scalar(text(f"SELECT {question}"), {"role": role}) is False
