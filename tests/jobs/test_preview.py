"""A preview says what the batch will do, and changes nothing."""

from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
from sqlalchemy import func, select

from actors import dispatch, job_control
from models.accounts.audit import Author
from models.database import org_transaction
from models.jobs.preview import preview_matching, preview_orders
from models.jobs.published_state import JobState, job_totals
from models.orders.search import OrderFilter
from models.tables.batch_job import BatchJob
from models.tables.invoice import NumberSeries
from tests.records import Account, new_orders


def test_a_preview_predicts_the_batch_to_the_cent(
    seller: Account,
    submit: Callable[[Sequence[int]], UUID],
    worker: dramatiq.Worker,
    end_of: Callable[[UUID], JobState],
) -> None:
    order_ids = new_orders(seller, 30, flawed=[4, 5, 6])

    preview = preview_orders(seller.organization_id, order_ids)
    job_id = submit(order_ids)
    dispatch.start(seller.organization_id, job_id)
    state = end_of(job_id)

    assert (preview.total, preview.invoiceable, preview.failing) == (30, 27, 3)
    assert (state.successful_items, state.failed_items) == (27, 3)
    assert {code: reason.count for code, reason in preview.reasons.items()} == {
        "quantity_not_positive": 3
    }
    with org_transaction(seller.organization_id) as session:
        (total,) = job_totals(session, job_id)
    (foretold,) = preview.totals
    assert foretold.currency == "EUR"
    assert (foretold.count, f"{foretold.net:.2f}", f"{foretold.tax:.2f}") == (
        total["count"],
        total["net"],
        total["tax"],
    )


def test_a_preview_writes_nothing(seller: Account) -> None:
    new_orders(seller, 3)

    preview = preview_matching(seller.organization_id, OrderFilter(status="confirmed"))

    assert preview.invoiceable == 3
    with org_transaction(seller.organization_id) as session:
        assert session.scalar(select(func.count()).select_from(BatchJob)) == 0
        assert session.scalar(select(func.count()).select_from(NumberSeries)) == 0


def test_a_preview_counts_the_orders_that_wait_in_another_job(
    seller: Account, clerk: Author, submit: Callable[[Sequence[int]], UUID]
) -> None:
    order_ids = new_orders(seller, 5)
    job_id = submit(order_ids[:2])

    assert preview_orders(seller.organization_id, order_ids).waiting == 2
    job_control.cancel(seller.organization_id, job_id, clerk)
    assert preview_orders(seller.organization_id, order_ids).waiting == 0
