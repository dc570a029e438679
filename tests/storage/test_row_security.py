"""As the application's role with organisation A set, nothing of B can be read, added or changed.

The tables are those of the models: one that comes later is covered, and fails here until
`one_row_in_every_table` knows how to fill it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from models.api_tokens import create_token
from models.audit import AuditEntry
from models.database import org_transaction
from models.job_submission import Submission, submit_orders
from models.migrations.privileges import PRIVILEGES
from models.order_invoicing import invoice_order
from models.schema import metadata
from tests.records import Account, new_account, new_orders
from tests.servers import Database

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
    with org_transaction(account.organization_id) as session:
        create_token(
            session,
            organization_id=account.organization_id,
            user_id=account.user_id,
            name="shop",
        )
        session.add(AuditEntry(organization_id=account.organization_id, action="tested"))


@pytest.fixture(scope="module")
def two(shared_database: Database) -> Iterator[Two]:
    a, b = new_account("alpha"), new_account("beta")
    for account in (a, b):
        one_row_in_every_table(account)
    with (
        psycopg.connect(shared_database.app_url) as app,
        psycopg.connect(shared_database.owner_url, autocommit=True) as owner,
    ):
        yield Two(a, b, app, owner)
        app.rollback()


@pytest.fixture(autouse=True)
def nothing_of_b_has_changed(two: Two) -> Iterator[None]:
    """Whatever a test tries, the other organisation's rows are the same versions afterwards."""
    before = {table.name: two.rows_of(two.b, table) for table in TABLES}
    yield
    two.app.rollback()
    after = {table.name: two.rows_of(two.b, table) for table in TABLES}
    assert after == before


@each_table
def test_there_is_something_to_see_in_the_table(two: Two, table: Table) -> None:
    """Without rows of both the tests below would prove nothing."""
    assert two.rows_of(two.a, table)
    assert two.rows_of(two.b, table)


@each_table
def test_only_rows_of_the_own_organization_are_visible(two: Two, table: Table) -> None:
    statement = sql.SQL("SELECT t::text, t.xmin::text FROM {} t").format(sql.Identifier(table.name))
    assert set(two.as_a().execute(statement).fetchall()) == two.rows_of(two.a, table)


@each_table
@pytest.mark.parametrize("organization", [None, "", "0", "-1"], ids=repr)
def test_without_an_organization_nothing_is_visible(
    two: Two, table: Table, organization: str | None
) -> None:
    settings = {} if organization is None else {"organization_id": organization}
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
    assert two.as_app(**settings).execute(statement).fetchone() == (0,)


@pytest.mark.parametrize(
    ("purpose", "readable"),
    [
        ("login", {"organizations", "users", "memberships", "api_tokens"}),
        ("sweep", {"batch_job_queue"}),
        ("other", set()),
    ],
)
def test_crossing_organizations_shows_accounts_or_jobs_and_nothing_else(
    two: Two, purpose: str, readable: set[str]
) -> None:
    seen = set()
    for table in TABLES:
        statement = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table.name))
        if two.as_app(crossing=purpose).execute(statement).fetchone() is not None:
            seen.add(table.name)
    assert seen - {"users"} == readable - {"users"}


@each_table
def test_no_row_can_be_added_to_another_organization(two: Two, table: Table) -> None:
    """A copy of B's own row: were it not for row-level security, a key would refuse it."""
    columns = [column.name for column in table.columns if column.computed is None]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    condition, value = belongs_to(two.b, table)
    select = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE {} LIMIT 1").format(
        sql.Identifier(table.name), condition
    )
    found = two.owner.execute(select, [value]).fetchone()
    assert found
    insert = sql.SQL(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE "
        "SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s)"
    ).format(table=sql.Identifier(table.name), names=names)
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        two.as_a().execute(insert, [Jsonb(found[0])])
    may_insert = "INSERT" in PRIVILEGES[table.name]
    assert (ROW_SECURITY in str(refused.value)) == may_insert, refused.value


@each_owned_table
def test_no_row_can_be_handed_to_another_organization(two: Two, table: Table) -> None:
    statement = sql.SQL("UPDATE {} SET organization_id = %s").format(sql.Identifier(table.name))
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        two.as_a().execute(statement, [two.b.organization_id])
    may_update = "UPDATE" in PRIVILEGES[table.name].replace("UPDATE (", "")
    assert (ROW_SECURITY in str(refused.value)) == may_update, refused.value


@each_table
def test_a_change_without_a_condition_reaches_the_own_rows_only(two: Two, table: Table) -> None:
    changeable = {"api_tokens": "revoked_at", "organizations": "name", "users": "email"}
    column = sql.Identifier(changeable.get(table.name, "organization_id"))
    statement = sql.SQL("UPDATE {table} SET {column} = {column}").format(
        table=sql.Identifier(table.name), column=column
    )
    cursor = two.as_a()
    if "UPDATE" in PRIVILEGES[table.name]:
        assert cursor.execute(statement).rowcount == len(two.rows_of(two.a, table))
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.execute(statement)
    two.app.commit()


@each_table
def test_a_deletion_without_a_condition_reaches_the_own_rows_only(two: Two, table: Table) -> None:
    statement = sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name))
    cursor = two.as_a()
    if "DELETE" in PRIVILEGES[table.name]:
        assert cursor.execute(statement).rowcount == len(two.rows_of(two.a, table))
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.execute(statement)


@each_owned_table
def test_a_row_of_another_organization_cannot_be_locked(two: Two, table: Table) -> None:
    statement = sql.SQL("SELECT FROM {} WHERE organization_id = %s FOR UPDATE").format(
        sql.Identifier(table.name)
    )
    cursor = two.as_a()
    if "UPDATE" in PRIVILEGES[table.name]:
        assert cursor.execute(statement, [two.b.organization_id]).fetchall() == []
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.execute(statement, [two.b.organization_id])


@each_table
def test_row_security_cannot_be_switched_off(two: Two, table: Table) -> None:
    cursor = two.as_a()
    cursor.execute("SET LOCAL row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=ROW_SECURITY):
        cursor.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier(table.name)))


def test_row_security_is_forced_on_every_table_there_is(two: Two) -> None:
    found = two.owner.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    forced = dict(found)
    assert forced.pop("alembic_version") is False
    assert forced == {table.name: True for table in TABLES}


def test_there_are_no_views_and_no_functions_that_lend_the_owners_eyes(two: Two) -> None:
    views = two.owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') "
        "AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    definers = two.owner.execute(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert views == definers == []


def test_the_application_is_neither_superuser_nor_owner_nor_exempt(two: Two) -> None:
    role = two.as_app().execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, "
        "(SELECT count(*) FROM pg_class WHERE relowner = r.oid), "
        "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid) "
        "FROM pg_roles r WHERE rolname = current_user"
    )
    assert role.fetchone() == (False, False, False, 0, 0)


def test_references_to_another_organizations_rows_are_refused(two: Two) -> None:
    """Foreign keys are checked beyond row-level security: they name the organisation too."""
    customer = two.owner.execute(
        "SELECT id FROM customers WHERE organization_id = %s", [two.b.organization_id]
    ).fetchone()
    assert customer
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        two.as_a().execute(
            "INSERT INTO orders (organization_id, order_number, order_date, customer_id, currency) "
            "VALUES (%s, 'X-1', '2026-03-01', %s, 'EUR')",
            [two.a.organization_id, customer[0]],
        )
