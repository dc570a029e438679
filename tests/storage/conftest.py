"""What tests of storage need."""

from collections.abc import Iterator

import pytest

import models.database
from tests.records import Account, new_account
from tests.servers import Database, Servers


@pytest.fixture
def seller(database: Database) -> Account:
    """An organisation in a fresh database; its default tax is S, 19 %."""
    return new_account()


@pytest.fixture(scope="module")
def shared_database(servers: Servers) -> Iterator[Database]:
    """A migrated database for all tests of a module, which change nothing that matters to another.

    Not beside `database` in the same module: the process has one database at a time.
    """
    made = servers.clone()
    models.database.configure(made.app_url, made.owner_url)
    yield made
    models.database.dispose()
    servers.drop(made)
