"""The migrations create the tables that the models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import make_url

from models.database import owner_engine
from models.errors import MissingSetting, PrivilegedRole
from models.migrations import pending_revisions, upgrade
from models.tables.metadata import metadata
from tests.servers import Database


def test_the_migrated_database_equals_the_models(database: Database) -> None:
    with owner_engine().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


CONSTRAINTS_AND_INDEXES = """
    SELECT c.relname || ': ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = CAST(CAST(:schema AS text) AS regnamespace)
      AND c.relname <> 'alembic_version'
    UNION ALL
    SELECT replace(indexdef, schemaname || '.', '')
    FROM pg_indexes WHERE schemaname = CAST(:schema AS text) AND tablename <> 'alembic_version'
"""


def test_constraints_and_indexes_equal_the_models(database: Database) -> None:
    """Alembic's comparison ignores CHECK constraints."""
    with owner_engine().connect() as connection:
        connection.execute(text("CREATE SCHEMA described"))
        described = connection.execution_options(schema_translate_map={None: "described"})
        metadata.create_all(described)
        found = {}
        for schema in ("public", "described"):
            connection.execute(text(f"SET LOCAL search_path = {schema}"))
            rows = connection.execute(text(CONSTRAINTS_AND_INDEXES), {"schema": schema})
            found[schema] = set(rows.scalars())
        connection.rollback()
    assert len(found["public"]) > 50
    assert found["public"] == found["described"]


def test_migrating_again_changes_nothing(database: Database) -> None:
    role = make_url(database.app_url).username or ""
    upgrade(database.owner_url, role)
    assert not pending_revisions(owner_engine())


def test_the_owner_is_refused_as_the_application_role(database: Database) -> None:
    owner = make_url(database.owner_url).username or ""
    with pytest.raises(PrivilegedRole):
        upgrade(database.owner_url, owner)


def test_a_role_that_does_not_exist_is_named(database: Database) -> None:
    with pytest.raises(MissingSetting, match="nobody_at_all"):
        upgrade(database.owner_url, "nobody_at_all")
