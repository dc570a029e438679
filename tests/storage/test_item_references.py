"""The rows that an item refers to exist, and stay as long as the item does."""

from collections.abc import Iterator
from threading import Thread
from uuid import UUID, uuid4

import psycopg
import pytest

from models.jobs.submission import Submission, submit_orders
from tests.records import Account, new_account, new_orders
from tests.servers import Database
from tests.waiting import wait_for

NO_ID = 2**40
ADD = "INSERT INTO batch_job_items (organization_id, job_id, order_id, position) VALUES "


@pytest.fixture
def seller(database: Database) -> Account:
    return new_account("alpha")


@pytest.fixture
def owner(database: Database, seller: Account) -> Iterator[psycopg.Connection]:
    """The tables' owner, who may do what the application may not."""
    with psycopg.connect(database.owner_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app(database: Database, seller: Account) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url) as connection:
        setting = "SELECT set_config('billmill.organization_id', %s, true)"
        connection.execute(setting, [str(seller.organization_id)])
        yield connection
        connection.rollback()


def submit(seller: Account, orders: list[int]) -> UUID:
    return submit_orders(seller.organization_id, orders, Submission(seller.user_id)).job_id


def test_an_item_of_no_job_is_refused(seller: Account, app: psycopg.Connection) -> None:
    (order,) = new_orders(seller, 1)
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="no job"):
        app.execute(f"{ADD} (%s, %s, %s, 1)", [seller.organization_id, uuid4(), order])


def test_an_item_of_no_order_is_refused(seller: Account, app: psycopg.Connection) -> None:
    job = submit(seller, new_orders(seller, 1))
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"no order {NO_ID}"):
        app.execute(f"{ADD} (%s, %s, %s, 2)", [seller.organization_id, job, NO_ID])


def test_one_wrong_order_among_many_is_found(seller: Account, app: psycopg.Connection) -> None:
    orders = new_orders(seller, 50)
    job = submit(seller, orders[:1])
    rows = ", ".join(
        f"({seller.organization_id}, '{job}', {order}, {place})"
        for place, order in enumerate([*orders[1:], NO_ID], 2)
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"no order {NO_ID}"):
        app.execute(f"{ADD} {rows}")


@pytest.mark.parametrize("role", ["app", "owner"])
def test_an_order_or_job_of_another_organization_is_refused(
    role: str, seller: Account, request: pytest.FixtureRequest
) -> None:
    other = new_account("beta")
    (theirs,) = new_orders(other, 1)
    orders = new_orders(seller, 2)
    own_job, their_job = submit(seller, orders[:1]), submit(other, [theirs])
    connection: psycopg.Connection = request.getfixturevalue(role)
    for job, order in ((own_job, theirs), (their_job, orders[1])):
        with pytest.raises(psycopg.errors.ForeignKeyViolation), connection.transaction():
            connection.execute(f"{ADD} (%s, %s, %s, 9)", [seller.organization_id, job, order])


def test_an_invoice_that_is_not_there_is_refused(seller: Account, app: psycopg.Connection) -> None:
    submit(seller, new_orders(seller, 1))
    change = "UPDATE batch_job_items SET status = 'succeeded', invoice_id = %s"
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"no invoice {NO_ID}"):
        app.execute(change, [NO_ID])


def test_an_order_that_an_item_names_cannot_be_deleted(
    seller: Account, owner: psycopg.Connection
) -> None:
    named, other = new_orders(seller, 2)
    submit(seller, [named])
    with pytest.raises(psycopg.errors.ForeignKeyViolation), owner.transaction():
        owner.execute("DELETE FROM orders WHERE id = %s", [named])
    assert owner.execute("DELETE FROM orders WHERE id = %s", [other]).rowcount == 1


def test_a_deleted_job_takes_its_items_with_it(seller: Account, owner: psycopg.Connection) -> None:
    orders = new_orders(seller, 3)
    deleted, kept = submit(seller, orders), submit(seller, orders[:2])
    owner.execute("DELETE FROM batch_job_queue WHERE id = %s", [deleted])
    left = owner.execute("SELECT job_id, count(*) FROM batch_job_items GROUP BY 1").fetchall()
    assert left == [(kept, 2)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET organization_id = %(beta)s",
        "UPDATE orders SET id = DEFAULT",
        "UPDATE batch_job_queue SET organization_id = %(beta)s",
        "UPDATE batch_job_queue SET id = gen_random_uuid()",
        "UPDATE batch_job_items SET order_id = order_id + 1",
    ],
)
def test_the_keys_that_items_refer_to_never_change(
    change: str, seller: Account, owner: psycopg.Connection
) -> None:
    beta = new_account("beta").organization_id
    submit(seller, new_orders(seller, 1))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        owner.execute(change, {"beta": beta})


def test_a_job_that_is_deleted_while_items_are_added_leaves_none_behind(
    seller: Account, database: Database, app: psycopg.Connection
) -> None:
    """The deletion waits for the insertion, and then sees the new item."""
    orders = new_orders(seller, 2)
    job = submit(seller, orders[:1])
    app.execute(f"{ADD} (%s, %s, %s, 2)", [seller.organization_id, job, orders[1]])
    with psycopg.connect(database.owner_url, autocommit=True) as operator:
        deleting = Thread(target=operator.execute, args=("DELETE FROM batch_job_queue",))
        deleting.start()
        with psycopg.connect(database.owner_url, autocommit=True) as watcher:
            waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
            wait_for(lambda: watcher.execute(waiting).fetchone() is not None)
            app.commit()
            deleting.join()
            assert watcher.execute("SELECT FROM batch_job_items").fetchone() is None


def test_an_old_snapshot_may_not_add_items(seller: Account, database: Database) -> None:
    """It might not see that the order has been deleted."""
    orders = new_orders(seller, 2)
    job = submit(seller, orders[:1])
    with psycopg.connect(database.owner_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            connection.execute(f"{ADD} (%s, %s, %s, 2)", [seller.organization_id, job, orders[1]])
