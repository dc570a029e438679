"""Orders that must be tried alone wait for each other, and delay other orders only briefly."""

from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
import pytest
from sqlalchemy import text

from actors import create_invoice as actor
from actors import dispatch
from models.database import org_transaction
from models.jobs.published_state import JobState
from tests.records import Account, new_orders
from tests.waiting import wait_for


def test_many_orders_that_must_be_tried_alone_do_not_block_other_orders(
    seller: Account,
    submit: Callable[[Sequence[int]], UUID],
    state_of: Callable[[UUID], JobState],
    end_of: Callable[[UUID], JobState],
    worker: dramatiq.Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actor, "RETRY_WAIT_SECONDS", 0.3)
    order_ids = new_orders(seller, 17, lines=1)
    retried, fresh = submit(order_ids[:16]), submit(order_ids[16:])
    with org_transaction(seller.organization_id) as session:
        session.execute(
            text("UPDATE batch_job_items SET attempts = 1 WHERE job_id = :id"), {"id": retried}
        )
    with actor._retrying:  # the first of them hangs
        dispatch.start(seller.organization_id, retried)
        wait_for(lambda: worker.work_queue.empty())
        dispatch.start(seller.organization_id, fresh)
        wait_for(lambda: state_of(fresh).ended, 6)

    assert end_of(retried).successful_items == 16
