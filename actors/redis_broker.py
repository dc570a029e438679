"""Dramatiq's Redis broker with six repairs, so that neither Redis nor a clock strands a message.

Redis records which worker it handed a message to, and requeues the message once the heartbeat of
that worker stops. The repairs, each with what happens without it:

1. A consumer that restarts takes a new name. Otherwise messages in a reply that the client never
   received belong to a living worker: the sweep sees them in flight, and their job never ends.
2. Any Redis error counts as a lost connection, and a restart deletes keys of a wrong type.
   Otherwise any other error (a timeout, READONLY, OOM, a wrong type) ends the consumer's thread.
3. An unreadable message becomes a dead letter. Otherwise Redis redelivers it forever.
4. So does a message that names another queue. Otherwise its acknowledgement ends a thread.
5. Heartbeats and delays use the clock of Redis. Otherwise a killed worker whose clock was ahead
   counts as alive for that much longer, and retries are late.
6. A consumer acknowledges in batches before it fetches. Otherwise each message costs a round trip.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from dramatiq import Message, MessageProxy
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.common import current_millis, q_name
from dramatiq.errors import ConnectionClosed, DecodeError
from redis.client import Pipeline
from redis.exceptions import RedisError

from actors.redis_connection import new_client

logger = logging.getLogger(__name__)

_PAGE = 1_000
# How often a consumer polls an empty queue. Dramatiq uses the worker's timeout, which is also how
# often each idle thread wakes up: too often for 512 threads.
POLL_MS = 50
# If a clock changes by more than this, it was set; NTP makes smaller adjustments.
CLOCK_SET_SECONDS = 2.0
# Repair 5: Dramatiq's script takes the time of heartbeats from its caller.
_CALLERS_TIME = b"local timestamp = ARGV[2]\n"
_REDIS_TIME = b"""
local time = redis.call("time")
local timestamp = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# The clock of Redis may be set back as well: a heartbeat from the future counts as one from now.
_MAINTENANCE = b'if do_maintenance == "1" then\n'
_CAP_HEARTBEATS = b"""
    local early = redis.call("zrangebyscore", heartbeats, "(" .. timestamp, "+inf")
    for _, worker in ipairs(early) do redis.call("zadd", heartbeats, timestamp, worker) end
"""


def _by_the_clock_of_redis(script: bytes) -> bytes:
    for part in (_CALLERS_TIME, _MAINTENANCE):
        if script.count(part) != 1:
            raise RuntimeError(f"Dramatiq's script has changed: no {part!r} in it")
    timed = script.replace(_CALLERS_TIME, _REDIS_TIME)
    return timed.replace(_MAINTENANCE, _MAINTENANCE + _CAP_HEARTBEATS)


class Broker(RedisBroker):
    """Dramatiq's broker with the repairs of this module."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(client=new_client(url), **options)
        dispatch: Any = self.scripts["dispatch"].script
        self.scripts["dispatch"] = self.client.register_script(_by_the_clock_of_redis(dispatch))
        self._consumed: set[str] = set()

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _Consumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer, with a new name if it restarts (repair 1).

        Redis then requeues all messages of the former name. Workers may still be handling some of
        them, but a second delivery changes nothing.
        """
        if queue_name in self._consumed:
            self.broker_id = str(uuid.uuid4())
            with _as_closed_connection():
                self._delete_keys_of_wrong_type(queue_name)
        self._consumed.add(queue_name)
        return super().consume(queue_name, prefetch, min(timeout, POLL_MS))

    def _delete_keys_of_wrong_type(self, queue_name: str) -> None:
        """Repair 2; the sweep sends the lost messages again."""
        queue = f"{self.namespace}:{queue_name}"
        dead = f"{self.namespace}:{q_name(queue_name)}.XQ"
        types = {
            queue: b"list",
            f"{queue}.msgs": b"hash",
            dead: b"zset",
            f"{dead}.msgs": b"hash",
            f"{self.namespace}:__heartbeats__": b"zset",
        }
        for key, wanted in types.items():
            found = self.client.type(key)
            if found not in (wanted, b"none"):
                logger.error("%s was a %s instead of a %s and is deleted", key, found, wanted)
                self.client.delete(key)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueues a message, after `delay` milliseconds if given."""
        if delay is not None:  # repair 5
            delay += self._redis_is_ahead()
        return super().enqueue(message, delay=delay)

    def _redis_is_ahead(self) -> int:
        """The clock of Redis less that of this process, in milliseconds."""
        seconds, microseconds = self.client.time()
        return int(seconds * 1_000 + microseconds // 1_000 - current_millis())

    def enqueue_all(self, messages: Sequence[Message[Any]]) -> None:
        """Enqueues messages as `enqueue` does, a page of them in one round trip.

        Dramatiq has no interface for this; its `group` makes a round trip per message. Raises
        `redis.RedisError`; some of the messages may have been enqueued before it.
        """
        for start in range(0, len(messages), _PAGE):
            with self._pipelined() as writer:
                for message in messages[start : start + _PAGE]:
                    writer.enqueue(message)

    def ack_all(self, queue_name: str, message_ids: Iterable[str]) -> None:
        """Acknowledges messages in one round trip."""
        with self._pipelined() as writer:
            for message_id in message_ids:
                writer.do_ack(queue_name, message_id)

    @contextmanager
    def _pipelined(self) -> Iterator[_PipelinedBroker]:
        """A broker that sends all its commands together at the end of the block."""
        with self.client.pipeline(transaction=False) as pipeline:
            yield _PipelinedBroker(self, pipeline)
            pipeline.execute()

    def do_fetch(self, queue_name: str, count: int) -> list[bytes]:
        """Fetches up to `count` messages; unusable ones become dead letters (repairs 3 and 4)."""
        readable = []
        for message in self._dispatch("fetch")(queue_name, count):
            if message is None:  # its content was deleted
                continue
            defect = _defect(message, queue_name)
            if defect:
                logger.error("%s goes to the dead letters: %.500r", defect, message)
                self._move_to_dead_letters(queue_name, message)
            else:
                readable.append(message)
        if readable and queue_name != q_name(queue_name):
            ahead = self._redis_is_ahead()
            return [_with_local_eta(message, ahead) for message in readable]
        return readable

    def _move_to_dead_letters(self, queue_name: str, unreadable: bytes) -> None:
        stored = self.client.hscan_iter(f"{self.namespace}:{queue_name}.msgs", count=_PAGE)
        for message_id in [key for key, message in stored if message == unreadable]:
            self.do_nack(queue_name, message_id)


class _PipelinedBroker(RedisBroker):
    """The broker with its commands in a pipeline."""

    def __init__(self, broker: Broker, pipeline: Pipeline) -> None:
        self.__dict__.update(broker.__dict__)
        dispatch = broker.scripts["dispatch"]
        self.scripts = broker.scripts | {"dispatch": partial(dispatch, client=pipeline)}


@contextmanager
def _as_closed_connection() -> Iterator[None]:
    """Repair 2: raises every error of Redis as `ConnectionClosed`, so that Dramatiq reconnects.

    Dramatiq does so for a lost connection only, and not everywhere. Any other error (a timeout,
    READONLY, OOM, a key of the wrong type) ends the consumer's thread.
    """
    try:
        yield
    except RedisError as error:
        raise ConnectionClosed(error) from None


class _Consumer(_RedisConsumer):
    """Acknowledges together what many threads finished, before it fetches more (repair 6).

    If the process dies before that, Redis delivers them again, which changes nothing.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._done: deque[str] = deque()
        self._holds_delayed = self.queue_name != q_name(self.queue_name)
        # When Redis last answered, in seconds of the monotonic clock.
        self.answered_at = 0.0
        self._clock = _clock_offset()

    def __next__(self) -> MessageProxy | None:
        if self._holds_delayed and abs(_clock_offset() - self._clock) > CLOCK_SET_SECONDS:
            # Repair 5: their local times are wrong now; a restart fetches them again.
            raise ConnectionClosed("the clock was set: delayed messages are fetched again")
        with _as_closed_connection():
            self._acknowledge()
            message: MessageProxy | None = super().__next__()
        self.answered_at = time.monotonic()
        return message

    def ack(self, message: MessageProxy) -> None:
        self._done.append(message.options["redis_message_id"])
        self.queued_message_ids.discard(message.message_id)

    def close(self) -> None:
        with _as_closed_connection():
            self._acknowledge()
            super().close()

    def _acknowledge(self) -> None:
        done = [self._done.popleft() for _ in range(len(self._done))]
        if done:
            self.broker.ack_all(self.queue_name, done)

    def nack(self, message: MessageProxy) -> None:
        with _as_closed_connection():
            super().nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        with _as_closed_connection():
            super().requeue(messages)


def _with_local_eta(data: bytes, redis_is_ahead: int) -> bytes:
    """A delayed message with its time by this process' clock instead of the clock of Redis."""
    message = Message.decode(data)
    eta = message.options.get("eta")
    if not isinstance(eta, int | float):
        return data
    return message.copy(options={"eta": eta - redis_is_ahead}).encode()


def _clock_offset() -> float:
    """The wall clock minus the monotonic clock, in seconds: changes only when the clock is set."""
    return time.time() - time.monotonic()


def _defect(data: bytes, queue_name: str) -> str:
    """Why Dramatiq cannot process or acknowledge a message; "" if it can.

    It would acknowledge a message in the queue that the message names; if the process does not
    consume that queue, the thread ends.
    """
    try:
        message = Message.decode(data)
    except DecodeError:
        return "An unreadable message"
    if message.queue_name != queue_name:
        return "A message of another queue"
    if not isinstance(message.options, dict) or not isinstance(message.kwargs, dict):
        return "An unreadable message"
    named = (message.actor_name, message.message_id, message.options.get("redis_message_id"))
    return "" if all(isinstance(name, str) for name in named) else "A message without a name"
