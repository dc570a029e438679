"""What Redis handed to a worker that never received it is delivered after all."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import dramatiq
import pytest
import redis
from dramatiq import Message

from actors import dispatch
from actors.worker import broker
from models.database import org_transaction
from models.job_progress import job_state
from models.job_submission import Submission, submit_orders
from models.settings import Settings
from tests.records import new_account, new_orders
from tests.servers import Servers
from tests.waiting import wait_for

ORDERS, LOST = 40, 12
STALL_SECONDS = 7.0  # longer than two answers are waited for, one after the other
DELAY_MS = 12_000  # not due before the stall


@contextmanager
def running_worker() -> Iterator[None]:
    """Dramatiq's worker with its threads in this process."""
    worker = dramatiq.Worker(broker, worker_threads=4, queues={"invoices"}, worker_timeout=100)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def test_messages_lost_in_a_stall_of_redis_come_back_without_a_sweep(
    settings: Settings,
    redis_client: redis.Redis,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker, "heartbeat_timeout", 3_000)
    seller = new_account()
    order_ids = new_orders(seller, ORDERS, lines=1)
    submission = Submission(seller.user_id)

    def ended() -> int:
        with org_transaction(seller.organization_id) as session:
            return job_state(session, job_id).successful_items

    job_id: UUID = submit_orders(seller.organization_id, order_ids, submission).job_id
    dispatch.start(seller.organization_id, job_id)
    # As when the connection breaks between Redis' answer and its arrival, ...
    assert len(broker.do_fetch("invoices", LOST)) == LOST
    # ... and as when an attempt failed and waits for the next.
    delayed = broker.do_fetch("invoices", 1)[0]
    broker.enqueue(Message.decode(delayed), delay=DELAY_MS)

    with running_worker():
        wait_for(lambda: ended() == ORDERS - LOST - 1, 30)
        _stall(servers.redis.pids[0])
        wait_for(lambda: ended() == ORDERS, 60)


def _stall(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(STALL_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
