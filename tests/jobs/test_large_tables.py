"""What PostgreSQL believes of a job's size does not make its messages slow."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from actors.create_invoice import create_invoice
from models.database import dispose, owner_transaction
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]
ROWS = 6_000


@pytest.fixture
def read_items() -> Callable[[], int]:
    """How many rows of items and of their indexes were read so far."""

    def read() -> int:
        with owner_transaction() as session:
            session.execute(text("SELECT pg_stat_force_next_flush()"))
        with owner_transaction() as session:
            return session.scalars(
                text(
                    "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables "
                    "WHERE relname = 'batch_job_items'"
                )
            ).one()

    return read


@pytest.mark.parametrize("analysed", ["never", "before", "after"])
def test_a_message_reads_its_own_item_only(
    analysed: str, seller: Account, submit: Submit, read_items: Callable[[], int]
) -> None:
    """`before`: analysed when another job was all there was, so that this one is unknown."""

    orders = new_orders(seller, ROWS, lines=1)
    submit(orders)
    if analysed == "before":
        analyse()
    job_id = submit(orders)
    if analysed == "after":
        analyse()
    create_invoice(str(job_id), orders[0])
    dispose()  # a backend that ends has told what it read
    before = read_items()

    for order_id in orders[1:11]:
        create_invoice(str(job_id), order_id)
    dispose()

    assert read_items() - before < ROWS / 4


def analyse() -> None:
    with owner_transaction() as session:
        session.execute(text("ANALYZE batch_job_items"))
