"""`billmill migrate`: bring the schema up to date."""

import getpass
import os

import click
from sqlalchemy.engine import make_url

from models.migrations import upgrade
from models.settings import Settings, current_settings
from web.cli.terminal import say


@click.command(
    epilog="""\b
Example:
  MIGRATION_DATABASE_URL=postgresql://owner:…@db/billmill \\
  DATABASE_URL=postgresql://app:…@db/billmill  billmill migrate"""
)
def migrate() -> None:
    """Bring the database's schema up to date, as the owner of the tables.

    Safe to repeat; the role of DATABASE_URL receives its rights anew.
    """
    bring_schema_up_to_date(current_settings())
    say("The schema is up to date.")


def bring_schema_up_to_date(settings: Settings) -> None:
    """Run what is missing of the migrations, in one transaction."""
    upgrade(settings.migration_database_url, application_role(settings))


def application_role(settings: Settings) -> str:
    """The role DATABASE_URL connects as (without a name in it, libpq's default)."""
    named = make_url(settings.database_url).username
    return named or os.environ.get("PGUSER") or getpass.getuser()
