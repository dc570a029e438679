"""The sweep has its own queue and process: neither load nor an outage prevents it."""

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from models.jobs.submission import Submission, submit_orders
from models.settings import Settings
from tests.chaos.extent import extent
from tests.chaos.faults import message, order_message, push
from tests.chaos.machine import stopped
from tests.chaos.procfile import Processes, command_of
from tests.records import new_account, new_orders
from tests.servers import Servers

WAITING = extent(suite=10_000, chaos=100_000)
ORDERS = 5
DEADLINE_SECONDS = 120.0
RESTART_MS = 100  # Dramatiq's own pause after an error, 3 s without it
LOST = "ConsumerThread(sweep)] [CRITICAL] Consumer encountered a connection error"


def test_the_sweep_runs_on_time_despite_a_long_queue_and_after_a_redis_outage(
    settings: Settings,
    tmp_path: Path,
    redis_client: redis.Redis,
    servers: Servers,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seller = new_account()
    order_ids = new_orders(seller, ORDERS, lines=1)
    submit_orders(seller.organization_id, order_ids, Submission(seller.user_id))
    busy_job = str(uuid4())
    for start in range(0, WAITING, 10_000):
        push(redis_client, [order_message(busy_job, start + n) for n in range(10_000)])

    def sent() -> bool:
        return bool(redis_client.llen("dramatiq:invoices") == WAITING + ORDERS)

    sweeper = command_of("sweeper").replace("env ", f"env dramatiq_restart_delay={RESTART_MS} ")
    with closing(Processes(tmp_path, settings, sweeper=sweeper)) as processes:
        # The first sweep also starts the process; only the second is measured.
        _sweep(redis_client)
        processes.wait_for(sent, DEADLINE_SECONDS)
        redis_client.ltrim("dramatiq:invoices", 0, WAITING - 1)
        _forget_messages_of(redis_client, order_ids)
        _sweep(redis_client)
        under_load = processes.wait_for(sent, DEADLINE_SECONDS)
        pids = processes.pids("sweeper")

        with stopped(servers.redis.pids[0]):
            _until_said(LOST, 2, processes, capfd)  # the second time when it tries to reconnect
        redis_client.flushall()
        _sweep(redis_client)
        after_outage = processes.wait_for(
            lambda: redis_client.llen("dramatiq:invoices") == ORDERS, DEADLINE_SECONDS
        )
        assert processes.pids("sweeper") == pids

    print(  # noqa: T201
        f"\nA sweep beside {WAITING} waiting messages took {under_load:.1f} s; "
        f"after an outage of Redis it was there within {after_outage:.1f} s"
    )
    assert under_load < 30


def _until_said(
    words: str, times: int, processes: Processes, capfd: pytest.CaptureFixture[str]
) -> None:
    said = ""

    def is_said() -> bool:
        nonlocal said
        said += capfd.readouterr().out
        return said.count(words) >= times

    processes.wait_for(is_said, DEADLINE_SECONDS)


def _sweep(client: redis.Redis) -> None:
    push(client, [message("sweep_jobs", [], queue="sweep")], queue="sweep")


def _forget_messages_of(client: redis.Redis, order_ids: list[int]) -> None:
    key = "dramatiq:invoices.msgs"
    kept = set(client.lrange("dramatiq:invoices", 0, -1))
    lost = [message_id for message_id in client.hkeys(key) if message_id not in kept]
    assert len(lost) == len(order_ids)
    client.hdel(key, *lost)
