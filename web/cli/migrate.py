"""`billmill migrate`: bring the schema up to date."""

import click

from models.migrations import bring_up_to_date
from models.settings import current_settings
from web.cli.terminal import say


@click.command(
    epilog="""\b
Example:
  MIGRATION_DATABASE_URL=postgresql://owner:…@db/billmill \\
  DATABASE_URL=postgresql://app:…@db/billmill  billmill migrate"""
)
def migrate() -> None:
    """Bring the database's schema up to date, as the owner of the tables.

    Safe to repeat; the role of DATABASE_URL receives its rights again.
    """
    bring_up_to_date(current_settings())
    say("The schema is up to date.")
