"""Messages that Redis handed out but no worker received are delivered again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import dramatiq
import dramatiq.worker
import pytest
import redis
from dramatiq import Message

from actors import dispatch
from actors.redis_connection import ANSWER_TIMEOUT_SECONDS
from actors.worker import broker
from models.database import org_transaction
from models.jobs.published_state import job_state
from models.jobs.submission import Submission, submit_orders
from models.settings import Settings
from tests.chaos.extent import extent
from tests.chaos.machine import stopped
from tests.records import new_account, new_orders
from tests.servers import Servers
from tests.waiting import wait_for

ORDERS, LOST = 40, 12
HEARTBEAT_MS = extent(suite=1_500, chaos=3_000)
DELAY_MS = extent(suite=1_500, chaos=3_000)  # due while Redis is stopped
ANSWER_SECONDS = extent(suite=0.7, chaos=ANSWER_TIMEOUT_SECONDS)
RESTART_SECONDS = 0.1  # Dramatiq's own pause after an error, 3 s without it
CONNECTION_ERROR = "Consumer encountered a connection error"


@contextmanager
def running_worker() -> Iterator[None]:
    """Dramatiq's worker with its threads in this process."""
    worker = dramatiq.Worker(broker, worker_threads=4, queues={"invoices"}, worker_timeout=100)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def test_messages_lost_while_redis_stalls_are_delivered_without_a_sweep(
    settings: Settings,
    redis_client: redis.Redis,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(broker, "heartbeat_timeout", HEARTBEAT_MS)
    pool = broker.client.connection_pool
    pool.disconnect()
    monkeypatch.setitem(pool.connection_kwargs, "socket_timeout", ANSWER_SECONDS)
    monkeypatch.setattr(broker, "_consumed", set())  # as in a process that has just started
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", RESTART_SECONDS)
    seller = new_account()
    order_ids = new_orders(seller, ORDERS, lines=1)
    submission = Submission(seller.user_id)

    def ended() -> int:
        with org_transaction(seller.organization_id) as session:
            return job_state(session, job_id).successful_items

    def errors() -> int:
        """How many connection errors the consumer of the queue `invoices` has logged."""
        return sum(
            record.name.endswith("ConsumerThread(invoices)") and CONNECTION_ERROR in record.msg
            for record in caplog.records
        )

    job_id: UUID = submit_orders(seller.organization_id, order_ids, submission).job_id
    dispatch.start(seller.organization_id, job_id)
    # As if the connection broke before Redis's answer arrived.
    assert len(broker.do_fetch("invoices", LOST)) == LOST
    # As if an attempt failed and its message waits for the next attempt.
    failed = Message.decode(broker.do_fetch("invoices", 1)[0])

    with running_worker():
        wait_for(lambda: ended() == ORDERS - LOST - 1, 30)
        broker.enqueue(failed, delay=DELAY_MS)
        broker.do_ack("invoices", failed.options["redis_message_id"])
        wait_for(lambda: redis_client.llen("dramatiq:invoices.DQ") == 0, 30)
        due = time.monotonic() + DELAY_MS / 1_000
        with stopped(servers.redis.pids[0]):
            wait_for(lambda: errors() >= 2, 60)  # the second when it tries to reconnect
            wait_for(lambda: time.monotonic() > due)
        wait_for(lambda: ended() == ORDERS, 60)
