"""What can go wrong, and in which order it does."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import NamedTuple
from uuid import uuid4

import redis

from tests.chaos.machine import Machine

DUPLICATES = 60


class Fault(NamedTuple):
    """A kind of fault, the seconds to wait before it, and the seed of its own choices."""

    kind: str
    after: float
    seed: int


def _kill_worker_process(machine: Machine, random: Random) -> None:
    machine.kill_child("worker", random)


def _kill_worker_master(machine: Machine, _random: Random) -> None:
    machine.kill_first("worker")


def _kill_sweeper(machine: Machine, random: Random) -> None:
    machine.kill_child("sweeper", random)


def _kill_scheduler(machine: Machine, _random: Random) -> None:
    machine.kill_first("scheduler")


def _kill_web(machine: Machine, random: Random) -> None:
    machine.kill_child("web", random)


def _restart_redis_empty(machine: Machine, _random: Random) -> None:
    machine.kill_first("redis")


def _stop_redis(machine: Machine, random: Random) -> None:
    machine.stop_redis(random.uniform(1, 7))


def _restart_postgres(machine: Machine, _random: Random) -> None:
    machine.restart_postgres()


def _switch_off(machine: Machine, _random: Random) -> None:
    machine.switch_off_and_on()


def _deliver_twice(machine: Machine, random: Random) -> None:
    """Messages for orders of any state are pushed as Dramatiq would push them."""
    chosen = machine.sql(
        "SELECT job_id, order_id FROM batch_job_items ORDER BY md5(order_id::text || %s) LIMIT %s",
        str(random.random()),
        DUPLICATES,
    )
    # Redis may still be coming back from the fault before; then this one comes to nothing.
    with suppress(redis.RedisError), machine.redis() as client:
        push(client, [order_message(str(job_id), order_id) for job_id, order_id in chosen])


def _sweep_now(machine: Machine, _random: Random) -> None:
    """As if the scheduler's minute had come."""
    with suppress(redis.RedisError), machine.redis() as client:
        push(client, [message("sweep_jobs", [], queue="sweep")], queue="sweep")


# By name, as they are printed.
KINDS: dict[str, Callable[[Machine, Random], None]] = {
    "worker process killed": _kill_worker_process,
    "worker master killed": _kill_worker_master,
    "sweeper killed": _kill_sweeper,
    "scheduler killed": _kill_scheduler,
    "web process killed": _kill_web,
    "Redis restarted empty": _restart_redis_empty,
    "Redis unreachable": _stop_redis,
    "PostgreSQL restarted": _restart_postgres,
    "machine switched off": _switch_off,
    "messages delivered twice": _deliver_twice,
    "sweep at once": _sweep_now,
}


def schedule(seed: int, count: int) -> list[Fault]:
    """`count` faults; the same seed gives the same ones. Each kind comes before any comes again."""
    random = Random(seed)
    faults: list[Fault] = []
    while len(faults) < count:
        deck = random.sample(list(KINDS), len(KINDS))
        faults += [Fault(kind, random.uniform(0.2, 2.5), random.randrange(10**9)) for kind in deck]
    return faults[:count]


def inject(machine: Machine, fault: Fault) -> None:
    """Wait its time, then let it happen."""
    time.sleep(fault.after)
    KINDS[fault.kind](machine, Random(fault.seed))


def order_message(job_id: str, order_id: int) -> str:
    """A message as `actors.create_invoice` receives it."""
    return message("create_invoice", [job_id, order_id])


def message(actor: str, arguments: list[object], queue: str = "invoices") -> str:
    """A message in Dramatiq's JSON, with an id of its own."""
    return json.dumps(
        {
            "queue_name": queue,
            "actor_name": actor,
            "args": arguments,
            "kwargs": {},
            "options": {"redis_message_id": str(uuid4())},
            "message_id": str(uuid4()),
            "message_timestamp": int(time.time() * 1000),
        }
    )


def push(client: redis.Redis, messages: list[str], queue: str = "invoices") -> None:
    """Put messages into a queue as Dramatiq's broker does, in one go."""
    with client.pipeline(transaction=False) as pipeline:
        for text in messages:
            message_id = json.loads(text)["options"]["redis_message_id"]
            pipeline.hset(f"dramatiq:{queue}.msgs", message_id, text)
            pipeline.rpush(f"dramatiq:{queue}", message_id)
        pipeline.execute()
