"""Two organisations with a row in every table, and ways to look at them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Table, func
from sqlalchemy.orm import Session

from models.accounts.api_tokens import create_token
from models.database import org_transaction, owner_transaction
from models.invoices.single_invoice import invoice_order
from models.jobs.submission import Submission, submit_orders
from models.tables.audit_log import AuditEntry
from models.tables.import_mapping import ImportMapping
from models.tables.import_run import (
    ImportBatch,
    ImportChange,
    ImportFileChunk,
    ImportFinding,
    ImportRejectedOrders,
    ImportRun,
)
from models.tables.metadata import metadata
from models.tables.user_session import UserSession
from tests.records import Account, new_orders

TABLES = list(metadata.sorted_tables)
OWNED = [table for table in TABLES if "organization_id" in table.columns]
ROW_SECURITY = "row-level security"

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
each_owned_table = pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)


@dataclass(frozen=True)
class Two:
    """Two organisations with a row in every table, and ways to look at them."""

    a: Account
    b: Account
    app: psycopg.Connection[Any]
    owner: psycopg.Connection[Any]

    def as_a(self, **settings: str) -> psycopg.Cursor[Any]:
        """A new transaction of the application's role, with organisation A set."""
        return self.as_app(organization_id=str(self.a.organization_id), **settings)

    def as_app(self, **settings: str) -> psycopg.Cursor[Any]:
        """A new transaction of the application's role, with these `billmill` settings only."""
        self.app.rollback()
        cursor = self.app.cursor()
        for name, value in settings.items():
            cursor.execute("SELECT set_config('billmill.' || %s, %s, true)", [name, value])
        return cursor

    def rows_of(self, account: Account, table: Table) -> set[tuple[str, str]]:
        """The organisation's rows as the owner sees them, with their versions."""
        condition, value = belongs_to(account, table)
        statement = sql.SQL("SELECT t::text, t.xmin::text FROM {} t WHERE {}").format(
            sql.Identifier(table.name), condition
        )
        return set(self.owner.execute(statement, [value]).fetchall())


def belongs_to(account: Account, table: Table) -> tuple[sql.Composable, int]:
    """The condition under which a row of the table `t` is the organisation's."""
    if table.name == "users":
        return sql.SQL("t.id = %s"), account.user_id
    column = "id" if table.name == "organizations" else "organization_id"
    return sql.SQL("t.{} = %s").format(sql.Identifier(column)), account.organization_id


def one_row_in_every_table(account: Account) -> None:
    first, *others = new_orders(account, 3, prefix=account.slug)
    submit_orders(account.organization_id, others, Submission(account.user_id))
    invoice_order(account.organization_id, account.user_id, first)
    with owner_transaction() as session:
        create_token(
            session,
            organization_id=account.organization_id,
            user_id=account.user_id,
            name="shop",
        )
    with org_transaction(account.organization_id) as session:
        session.add(
            UserSession(
                organization_id=account.organization_id,
                user_id=account.user_id,
                token_hash=f"of {account.slug}",
                password_mark="-",
                expires_at=func.now(),
            )
        )
        session.add(AuditEntry(organization_id=account.organization_id, action="tested"))
        one_import(session, account)


def one_import(session: Session, account: Account) -> None:
    """A run with a row in each table of its parts, and a saved mapping."""
    run = ImportRun(
        id=uuid4(),
        organization_id=account.organization_id,
        file_name="orders.csv",
        size_bytes=1,
        sha256="",
    )
    session.add(run)
    session.flush()
    session.add(
        ImportMapping(
            organization_id=account.organization_id, name="shop", fingerprint="0" * 64, mapping={}
        )
    )
    of_run = {"organization_id": account.organization_id, "run_id": run.id}
    session.add_all(
        [
            ImportFileChunk(**of_run, seq=0, bytes=b"-"),
            ImportBatch(
                **of_run, batch=1, outcomes=b"", orders_hash=b"", error_count=0, orders_rejected=0
            ),
            ImportFinding(
                **of_run, position=1, line=1, code="bad", message="Bad.", remedy="Mend it."
            ),
            ImportRejectedOrders(**of_run, batch=1, numbers=["A-1"]),
            ImportChange(**of_run, kind="order", position=1, details={}),
        ]
    )
