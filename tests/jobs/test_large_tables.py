"""Wrong table statistics do not make the messages of a large job slow."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from actors.create_invoice import create_invoice
from models.database import dispose, owner_transaction
from models.jobs.claims import claim
from models.jobs.refill import Window
from models.jobs.run import run_items
from tests.emptied_database import EmptiedDatabase
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
ROWS = 6_000

GROUP = 64
_READ = text(
    "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables"
)


@pytest.fixture(autouse=True)
def _without_statistics(emptied_database: EmptiedDatabase) -> None:
    """A copy without statistics and deleted rows."""
    emptied_database.renew()


@pytest.fixture
def rows_read() -> Callable[[], dict[str, int]]:
    """How many rows of each table have been read so far, by sequential or index scan."""

    def read() -> dict[str, int]:
        dispose()  # a backend reports its statistics when it ends
        with owner_transaction() as session:
            session.execute(text("SELECT pg_stat_force_next_flush()"))
        with owner_transaction() as session:
            return {row.relname: row.rows for row in session.execute(_READ)}

    return read


@pytest.fixture(params=["never", "before", "after"])
def large_job(
    request: pytest.FixtureRequest, seller: Account, submit: Submit
) -> tuple[UUID, list[int]]:
    """A job of `ROWS` orders. ANALYZE has `never` run, or ran `before` the job (the statistics know
    only another job) or `after` it."""
    orders = new_orders(seller, ROWS, lines=1)
    submit(orders)
    if request.param == "before":
        analyse()
    job_id = submit(orders)
    if request.param == "after":
        analyse()
    return job_id, orders


def test_messages_and_groups_read_only_the_rows_they_work_on_however_large_the_tables(
    seller: Account,
    large_job: tuple[UUID, list[int]],
    rows_read: Callable[[], dict[str, int]],
) -> None:
    job_id, orders = large_job
    create_invoice(str(job_id), orders[0])
    before = rows_read()
    for order_id in orders[1:11]:
        create_invoice(str(job_id), order_id)
    assert rows_read()["batch_job_items"] - before["batch_job_items"] < ROWS / 4

    orders = orders[11:]
    run_in_groups(seller, job_id, orders[: 20 * GROUP])
    before = rows_read()
    run_in_groups(seller, job_id, orders[20 * GROUP : 22 * GROUP])
    read = {table: rows - before[table] for table, rows in rows_read().items()}
    for table in ("batch_job_items", "orders", "order_lines", "invoices", "customers"):
        assert read[table] < 2 * GROUP * 20, read


def run_in_groups(seller: Account, job_id: UUID, order_ids: Sequence[int]) -> None:
    for start in range(0, len(order_ids), GROUP):
        group = order_ids[start : start + GROUP]
        assert len(claim(seller.organization_id, job_id, group).fresh.order_ids) == GROUP
        assert run_items(seller.organization_id, job_id, group, Window(0))


def analyse() -> None:
    with owner_transaction() as session:
        session.execute(text("ANALYZE batch_job_items"))
