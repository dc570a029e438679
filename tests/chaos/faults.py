"""The kinds of faults, and the random schedule in which they occur."""

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
    """A kind of fault, when it occurs, and the seed of its random choices.

    It waits until `share` (0 to 1) of the job's orders have ended since the previous fault, but no
    longer than `patience` seconds. It then waits `delay` seconds, to occur at any moment of a
    transaction.
    """

    kind: str
    share: float
    patience: float
    delay: float
    seed: int

    def sooner(self) -> "Fault":
        """The same fault, earlier: for a machine on which the job ended before the fault."""
        return self._replace(share=self.share / 2, delay=self.delay / 2)


class Kind(NamedTuple):
    """What a fault does, and which processes of run.json it targets ("" for none)."""

    target: str
    strike: Callable[[Machine, Random], None]


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
    machine.stop_redis(random.uniform(1, 5))


def _stop_redis_for_a_minute(machine: Machine, _random: Random) -> None:
    machine.stop_redis(60)


def _restart_postgres(machine: Machine, _random: Random) -> None:
    machine.restart_postgres()


def _switch_off(machine: Machine, _random: Random) -> None:
    machine.switch_off_and_on()


def _deliver_twice(machine: Machine, random: Random) -> None:
    """Sends messages for orders in any state, in Dramatiq's format."""
    chosen = machine.sql(
        "SELECT job_id, order_id FROM batch_job_items ORDER BY md5(order_id::text || %s) LIMIT %s",
        str(random.random()),
        DUPLICATES,
    )
    # Redis may still be away after the previous fault; then this one has no effect.
    with suppress(redis.RedisError), machine.redis() as client:
        push(client, [order_message(str(job_id), order_id) for job_id, order_id in chosen])


def _sweep_now(machine: Machine, _random: Random) -> None:
    """Sends the scheduler's message at once."""
    with suppress(redis.RedisError), machine.redis() as client:
        push(client, [message("sweep_jobs", [], queue="sweep")], queue="sweep")


# By the name that is printed.
KINDS = {
    "worker process killed": Kind("worker", _kill_worker_process),
    "worker master killed": Kind("worker", _kill_worker_master),
    "sweeper killed": Kind("sweeper", _kill_sweeper),
    "scheduler killed": Kind("scheduler", _kill_scheduler),
    "web process killed": Kind("web", _kill_web),
    "Redis restarted empty": Kind("redis", _restart_redis_empty),
    "Redis unreachable": Kind("redis", _stop_redis),
    "PostgreSQL restarted": Kind("postgres", _restart_postgres),
    "machine switched off": Kind("", _switch_off),
    "messages delivered twice": Kind("", _deliver_twice),
    "sweep at once": Kind("", _sweep_now),
}
# Occurs once per FAULTS_PER_LONG_OUTAGE faults: too long for the suite.
LONG_OUTAGE = "Redis unreachable for a minute"
FAULTS_PER_LONG_OUTAGE = 100
ALL_KINDS = KINDS | {LONG_OUTAGE: Kind("redis", _stop_redis_for_a_minute)}


def schedule(seed: int, count: int) -> list[Fault]:
    """`count` faults, the same for the same seed. Every kind occurs before any occurs twice."""
    random = Random(seed)
    faults: list[Fault] = []
    while len(faults) < count:
        faults += [_fault(kind, random) for kind in random.sample(list(KINDS), len(KINDS))]
    for start in range(0, count - FAULTS_PER_LONG_OUTAGE + 1, FAULTS_PER_LONG_OUTAGE):
        faults.insert(start + random.randrange(FAULTS_PER_LONG_OUTAGE), _fault(LONG_OUTAGE, random))
    return faults[:count]


def _fault(kind: str, random: Random) -> Fault:
    return Fault(
        kind,
        share=random.uniform(0.02, 0.2),
        patience=random.uniform(0.1, 1.5),
        delay=random.uniform(0, 0.2),
        seed=random.randrange(10**9),
    )


def inject(machine: Machine, fault: Fault) -> None:
    """Makes the fault happen."""
    ALL_KINDS[fault.kind].strike(machine, Random(fault.seed))


def order_message(job_id: str, order_id: int) -> str:
    """A message as `actors.create_invoice` receives it."""
    return message("create_invoice", [job_id, order_id])


def message(actor: str, arguments: list[object], queue: str = "invoices") -> str:
    """A message in Dramatiq's JSON, with its own id."""
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
    """Puts messages into a queue as Dramatiq's broker does, in one pipeline."""
    by_id = {json.loads(text)["options"]["redis_message_id"]: text for text in messages}
    with client.pipeline(transaction=False) as pipeline:
        pipeline.hset(f"dramatiq:{queue}.msgs", mapping=by_id)
        pipeline.rpush(f"dramatiq:{queue}", *by_id)
        pipeline.execute()
