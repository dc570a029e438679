"""The database that tests share is empty for each, and is replaced if its schema was changed."""

import pytest
from sqlalchemy import text

from models.database import owner_transaction
from tests.emptied_database import EmptiedDatabase
from tests.records import Account, new_account, new_orders


def test_nothing_remains_and_ids_begin_at_one_again(
    emptied_database: EmptiedDatabase, seller: Account
) -> None:
    order_ids, before = new_orders(seller, 3), emptied_database.database
    emptied_database.empty()
    assert emptied_database.database == before
    with owner_transaction() as session:
        tables = "users", "organizations", "customers", "orders", "order_lines"
        assert not any(session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables)
    again = new_account()
    assert (again, new_orders(again, 3)) == (seller, order_ids)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE orders DISABLE TRIGGER USER",
        "ALTER TABLE orders DROP COLUMN currency CASCADE",
        "REVOKE ALL ON orders FROM PUBLIC, billmill_app",
        "ANALYZE organizations",
    ],
)
def test_a_database_that_was_changed_is_replaced(
    emptied_database: EmptiedDatabase, seller: Account, change: str
) -> None:
    before = emptied_database.database
    with owner_transaction() as session:
        session.execute(text(change))
    emptied_database.empty()
    assert emptied_database.database != before
