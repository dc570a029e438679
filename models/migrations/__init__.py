"""The schema's history, run with Alembic, configured here instead of in an ini file."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from models.database import new_engine
from models.errors import PrivilegedRole
from models.migrations.privileges import grant_privileges
from models.settings import Settings

# Two `migrate` commands that start together take turns.
_MIGRATION_LOCK = 0x62696C6C


def bring_up_to_date(settings: Settings) -> None:
    """Runs the migrations that are missing, and grants the role of DATABASE_URL its rights."""
    named = make_url(settings.database_url).username
    # If the URL has no user name, libpq's default applies.
    role = named or os.environ.get("PGUSER") or getpass.getuser()
    upgrade(settings.migration_database_url, role)


def upgrade(migration_database_url: str, application_role: str) -> None:
    """Brings the schema up to date as the owner and grants `application_role` its rights.

    One transaction: a migration that fails leaves nothing behind. Raises `PrivilegedRole` when
    the application would connect as the owner, whom row-level security does not bind.
    """
    engine = new_engine(migration_database_url, idle_seconds=0)
    try:
        with engine.begin() as connection:
            # A migration may rewrite a large table, and waits for its turn; the limits are meant
            # for requests and messages.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            owner = connection.execute(text("SELECT current_user::text")).scalar_one()
            if owner == application_role:
                raise PrivilegedRole(
                    f"The application would connect as {owner!r}, the owner of the tables; create "
                    "a second role for DATABASE_URL and keep this one in MIGRATION_DATABASE_URL."
                )
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            grant_privileges(connection, application_role)
    finally:
        engine.dispose()


def pending_revisions(engine: Engine) -> bool:
    """Whether the database's schema is behind this code."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(ScriptDirectory.from_config(configuration()).get_heads())


def configuration() -> Config:
    """Alembic's configuration: where the revisions are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
