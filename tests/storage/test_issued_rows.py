"""Issued rows never change: neither the application nor the owner of the tables can."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
import pytest
from psycopg import sql

from models.database import org_transaction
from models.invoices.single_invoice import invoice_order
from models.tables.audit_log import AuditEntry
from tests.records import Account, new_account, new_orders
from tests.servers import Database

ISSUED = ("invoices", "invoice_lines", "invoice_taxes", "audit_log")
DETAILS = ("invoice_lines", "invoice_taxes")
REFUSED = (psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)

Role = Literal["app", "owner"]
each_role = pytest.mark.parametrize("role", ["app", "owner"])
each_issued = pytest.mark.parametrize("table", ISSUED)
each_detail = pytest.mark.parametrize("table", DETAILS)


@dataclass(frozen=True)
class Ledger:
    """An organisation that has issued one invoice, and both roles' connections."""

    seller: Account
    app: psycopg.Connection[Any]
    owner: psycopg.Connection[Any]

    def cursor(self, role: Role) -> psycopg.Cursor[Any]:
        """A new transaction of the role, with the organisation set."""
        connection = self.app if role == "app" else self.owner
        connection.rollback()
        cursor = connection.cursor()
        cursor.execute(
            "SELECT set_config('billmill.organization_id', %s, true)",
            [str(self.seller.organization_id)],
        )
        return cursor

    def contents(self) -> dict[str, list[str]]:
        """All issued rows."""
        cursor = self.cursor("owner")
        return {
            table: [
                row
                for (row,) in cursor.execute(
                    sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
                )
            ]
            for table in ISSUED
        }


@pytest.fixture(scope="module")
def ledger(shared_database: Database) -> Iterator[Ledger]:
    seller = new_account()
    invoice_order(seller.organization_id, seller.user_id, new_orders(seller, 1)[0])
    with org_transaction(seller.organization_id) as session:
        session.add(AuditEntry(organization_id=seller.organization_id, action="tested"))
    with (
        psycopg.connect(shared_database.app_url) as app,
        psycopg.connect(shared_database.owner_url) as owner,
    ):
        made = Ledger(seller, app, owner)
        assert all(made.contents().values())
        yield made
        app.rollback()
        owner.rollback()


@pytest.fixture(autouse=True)
def everything_is_as_before(ledger: Ledger) -> Iterator[None]:
    before = ledger.contents()
    yield
    ledger.app.rollback()
    assert ledger.contents() == before


@each_role
@each_issued
def test_an_update_is_refused(ledger: Ledger, role: Role, table: str) -> None:
    statement = sql.SQL("UPDATE {} SET organization_id = organization_id")
    with pytest.raises(REFUSED):
        ledger.cursor(role).execute(statement.format(sql.Identifier(table)))


@each_role
@each_issued
def test_a_deletion_is_refused(ledger: Ledger, role: Role, table: str) -> None:
    with pytest.raises(REFUSED):
        ledger.cursor(role).execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@each_role
@each_issued
def test_emptying_the_table_is_refused(ledger: Ledger, role: Role, table: str) -> None:
    statement = sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table))
    with pytest.raises(REFUSED):
        ledger.cursor(role).execute(statement)


@each_issued
def test_the_owner_is_refused_by_the_table_and_not_by_a_privilege(
    ledger: Ledger, table: str
) -> None:
    statement = sql.SQL("DELETE FROM {}").format(sql.Identifier(table))
    with pytest.raises(psycopg.errors.RestrictViolation, match="never change"):
        ledger.cursor("owner").execute(statement)


@each_issued
def test_an_upsert_is_refused(ledger: Ledger, table: str) -> None:
    statement = sql.SQL(
        "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} "
        "ON CONFLICT ({key}) DO UPDATE SET organization_id = excluded.organization_id"
    )
    keys = {
        "invoice_lines": ("invoice_id", "line_number"),
        "invoice_taxes": ("invoice_id", "category", "percent"),
    }
    key = sql.SQL(", ").join(map(sql.Identifier, keys.get(table, ("id",))))
    for role in ("app", "owner"):
        with pytest.raises(REFUSED):
            ledger.cursor(role).execute(statement.format(table=sql.Identifier(table), key=key))


@each_role
@each_detail
def test_a_row_cannot_be_added_to_an_invoice_after_it_was_issued(
    ledger: Ledger, role: Role, table: str
) -> None:
    change = "category" if table == "invoice_taxes" else "line_number"
    value = "'Z'" if table == "invoice_taxes" else "99"
    cursor = ledger.cursor(role)
    cursor.execute(
        sql.SQL(
            "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {} LIMIT 1; "
            "UPDATE copied SET {} = {}"
        ).format(sql.Identifier(table), sql.Identifier(change), sql.SQL(value))
    )
    with pytest.raises(psycopg.errors.RestrictViolation, match="issued before"):
        cursor.execute(sql.SQL("INSERT INTO {} SELECT * FROM copied").format(sql.Identifier(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE invoices DISABLE TRIGGER ALL",
        "DROP TRIGGER invoices_never_changes ON invoices",
        "SET session_replication_role = replica",
        "DROP TABLE invoice_taxes",
        "ALTER TABLE invoices DISABLE ROW LEVEL SECURITY",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN OLD; END $$",
    ],
)
def test_the_application_cannot_remove_the_rule(ledger: Ledger, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ledger.cursor("app").execute(statement)


def test_an_order_has_at_most_one_invoice(ledger: Ledger) -> None:
    """A unique index ensures it, whatever the number."""
    with pytest.raises(psycopg.errors.UniqueViolation, match="invoices_one_per_order"):
        ledger.cursor("app").execute(
            """
            INSERT INTO invoices (organization_id, number, series, year, sequence, order_id,
                order_number, order_date, customer_id, customer_number, created_by, issue_date,
                due_date, payment_days, currency, net, tax, gross, seller, buyer)
            SELECT organization_id, 'INV-2026-000999', series, year, 999, order_id, order_number,
                order_date, customer_id, customer_number, created_by, issue_date, due_date,
                payment_days, currency, net, tax, gross, seller, buyer
            FROM invoices
            """
        )
