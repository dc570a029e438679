"""Fixtures of the storage tests."""

from collections.abc import Iterator

import psycopg
import pytest

import models.database
from tests.emptied_database import database, emptied_database
from tests.records import Account, new_account
from tests.servers import Database, Servers, leave_database
from tests.storage.two_organizations import Two, one_row_in_every_table

__all__ = ["database", "emptied_database"]


@pytest.fixture
def seller(database: Database) -> Account:
    """An organisation in a fresh database; its default tax is S, 19 %."""
    return new_account()


@pytest.fixture(scope="module")
def shared_database(servers: Servers) -> Iterator[Database]:
    """A migrated database for all tests of a module, whose changes do not affect each other.

    A module uses this or `database`, not both: the process has one database at a time.
    """
    made = servers.clone()
    models.database.configure(made.app_url, made.owner_url)
    yield made
    leave_database()
    servers.drop(made)


@pytest.fixture(scope="module")
def two(shared_database: Database) -> Iterator[Two]:
    """Two organisations with a row in every table."""
    a, b = new_account("alpha"), new_account("beta")
    for account in (a, b):
        one_row_in_every_table(account)
    with (
        psycopg.connect(shared_database.app_url) as app,
        psycopg.connect(shared_database.owner_url, autocommit=True) as owner,
    ):
        yield Two(a, b, app, owner)
        app.rollback()
