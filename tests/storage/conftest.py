"""What tests of storage need."""

import pytest

from tests.records import Account, new_account
from tests.servers import Database


@pytest.fixture
def seller(database: Database) -> Account:
    """An organisation in a fresh database; its default tax is S, 19 %."""
    return new_account()
