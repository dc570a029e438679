"""As the application's role with organisation A set, nothing of B can be read, added or changed.

All tables of the models are tested; a new table fails here until `one_row_in_every_table` fills it.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from models.migrations.privileges import PRIVILEGES
from tests.storage.two_organizations import (
    ROW_SECURITY,
    TABLES,
    Two,
    belongs_to,
    each_owned_table,
    each_table,
)


@pytest.fixture(autouse=True)
def nothing_of_b_has_changed(two: Two) -> Iterator[None]:
    """Whatever a test tries, the other organisation's rows are the same versions afterwards."""
    before = {table.name: two.rows_of(two.b, table) for table in TABLES}
    yield
    two.app.rollback()
    after = {table.name: two.rows_of(two.b, table) for table in TABLES}
    assert after == before


@each_table
def test_both_organizations_have_rows_in_the_table(two: Two, table: Table) -> None:
    """Without rows of both, the tests below would prove nothing."""
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
        ("login", {"organizations", "users", "memberships", "api_tokens", "user_sessions"}),
        ("sweep", {"batch_job_queue", "import_runs", "organizations"}),
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
    """The row is a copy of B's row: without row-level security, a key would refuse it."""
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
    changeable = {
        "api_tokens": "last_used_at", "organizations": "name", "users": "email",
        "user_sessions": "last_seen_at", "number_series": "last_number",
        "import_mappings": "changed_at",
    }  # fmt: skip
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


def test_references_to_another_organizations_rows_are_refused(two: Two) -> None:
    """Foreign keys bypass row-level security, so they include the organisation."""
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
