"""Dramatiq's Redis broker, mended where messages would be lost from sight or come back for ever.

Redis remembers what it handed to a worker, and takes it back once that worker's heartbeat stops.
Without the changes here, a message whose delivery failed half way belongs for ever to a worker
that is alive and knows nothing of it: the sweep sees it in flight, and its job never ends.
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
# How long a consumer looks away when its queue is empty. Dramatiq has one figure for this and for
# how often each idle thread wakes up, which 512 threads should not do twenty times a second.
LOOK_AGAIN_MS = 50
# The adjustments of NTP are smaller.
CLOCK_SET_SECONDS = 2.0
# Dramatiq's script is told the time by its caller, whose clock may be wrong: a worker that is
# killed while its clock runs ahead would count as alive until the others' clocks get there.
_CALLERS_TIME = b"local timestamp = ARGV[2]\n"
_REDIS_TIME = b"""
local time = redis.call("time")
local timestamp = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# Redis' own clock may be set back as well: a heartbeat from the future counts as one of now.
_MAINTENANCE = b'if do_maintenance == "1" then\n'
_BRING_BACK_HEARTBEATS = b"""
    local early = redis.call("zrangebyscore", heartbeats, "(" .. timestamp, "+inf")
    for _, worker in ipairs(early) do redis.call("zadd", heartbeats, timestamp, worker) end
"""


def _by_the_clock_of_redis(script: bytes) -> bytes:
    for part in (_CALLERS_TIME, _MAINTENANCE):
        if script.count(part) != 1:
            raise RuntimeError(f"Dramatiq's script has changed: no {part!r} in it")
    timed = script.replace(_CALLERS_TIME, _REDIS_TIME)
    return timed.replace(_MAINTENANCE, _MAINTENANCE + _BRING_BACK_HEARTBEATS)


class Broker(RedisBroker):
    """Delivers what can be read, and gives back what it could not deliver."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(client=new_client(url), **options)
        dispatch: Any = self.scripts["dispatch"].script
        self.scripts["dispatch"] = self.client.register_script(_by_the_clock_of_redis(dispatch))
        self._consumed: set[str] = set()

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _Consumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer; one that starts again does so under a new name.

        What the former one was handed and lost then returns as a dead worker's messages do. What
        is still being worked on returns as well, and a second delivery changes nothing.
        """
        if queue_name in self._consumed:
            self.broker_id = str(uuid.uuid4())
            with _as_closed_connection():
                self._delete_what_is_no_queue(queue_name)
        self._consumed.add(queue_name)
        return super().consume(queue_name, prefetch, min(timeout, LOOK_AGAIN_MS))

    def _delete_what_is_no_queue(self, queue_name: str) -> None:
        """Somebody may have put another type of value in a queue's place; the sweep sends anew."""
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
                logger.error("%s was a %s and no %s: it is deleted", key, found, wanted)
                self.client.delete(key)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueues a message, after `delay` milliseconds by the clock of Redis if there is one."""
        if delay is not None:
            delay += self._redis_is_ahead()
        return super().enqueue(message, delay=delay)

    def _redis_is_ahead(self) -> int:
        """The clock of Redis less that of this process, in milliseconds."""
        seconds, microseconds = self.client.time()
        return int(seconds * 1_000 + microseconds // 1_000 - current_millis())

    def enqueue_all(self, messages: Sequence[Message[Any]]) -> None:
        """Enqueues messages as `enqueue` does, but sends a page of them at a time.

        Dramatiq has no interface for this; its `group` makes a trip per message. Raises
        `redis.RedisError`; of the messages, some may be enqueued then.
        """
        for start in range(0, len(messages), _PAGE):
            with self._gathering() as writer:
                for message in messages[start : start + _PAGE]:
                    writer.enqueue(message)

    def ack_all(self, queue_name: str, message_ids: Iterable[str]) -> None:
        """Acknowledges messages, each with a command of its own, sent together."""
        with self._gathering() as writer:
            for message_id in message_ids:
                writer.do_ack(queue_name, message_id)

    @contextmanager
    def _gathering(self) -> Iterator[_Writer]:
        """A broker whose commands go out together at the end of the block."""
        with self.client.pipeline(transaction=False) as pipeline:
            yield _Writer(self, pipeline)
            pipeline.execute()

    def do_fetch(self, queue_name: str, count: int) -> list[bytes]:
        """Takes up to `count` messages; those that cannot be worked on here become dead letters."""
        readable = []
        for message in self._dispatch("fetch")(queue_name, count):
            if message is None:  # its content is gone already
                continue
            flaw = _flaw(message, queue_name)
            if flaw:
                logger.error("%s goes to the dead letters: %.500r", flaw, message)
                self._bury(queue_name, message)
            else:
                readable.append(message)
        if readable and queue_name != q_name(queue_name):
            ahead = self._redis_is_ahead()
            return [_due_by_our_clock(message, ahead) for message in readable]
        return readable

    def _bury(self, queue_name: str, unreadable: bytes) -> None:
        stored = self.client.hscan_iter(f"{self.namespace}:{queue_name}.msgs", count=_PAGE)
        for message_id in [key for key, message in stored if message == unreadable]:
            self.do_nack(queue_name, message_id)


class _Writer(RedisBroker):
    """The broker with its commands gathered in a pipeline instead of sent one by one."""

    def __init__(self, broker: Broker, pipeline: Pipeline) -> None:
        self.__dict__.update(broker.__dict__)
        dispatch = broker.scripts["dispatch"]
        self.scripts = broker.scripts | {"dispatch": partial(dispatch, client=pipeline)}


@contextmanager
def _as_closed_connection() -> Iterator[None]:
    """Raises every error of Redis as `ConnectionClosed`, after which Dramatiq reconnects.

    Of these Dramatiq knows the lost connection only, and not everywhere. Any other (a timeout,
    READONLY, OOM, a key of the wrong type) would end the consumer's thread for good.
    """
    try:
        yield
    except RedisError as error:
        raise ConnectionClosed(error) from None


class _Consumer(_RedisConsumer):
    """Acknowledges together what many threads finished, before it fetches more.

    An acknowledgement that is lost with the process lets the message come again, which changes
    nothing.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._done: deque[str] = deque()
        self._holds_delayed = self.queue_name != q_name(self.queue_name)
        # When Redis last answered, in seconds of the monotonic clock.
        self.answered_at = 0.0
        self._clock = _clock_was_set_to()

    def __next__(self) -> MessageProxy | None:
        if self._holds_delayed and abs(_clock_was_set_to() - self._clock) > CLOCK_SET_SECONDS:
            raise ConnectionClosed("the clock was set, so what waits for its time is fetched anew")
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


def _due_by_our_clock(data: bytes, redis_is_ahead: int) -> bytes:
    """A delayed message whose time, which is by the clock of Redis, was turned into ours."""
    message = Message.decode(data)
    eta = message.options.get("eta")
    if not isinstance(eta, int | float):
        return data
    return message.copy(options={"eta": eta - redis_is_ahead}).encode()


def _clock_was_set_to() -> float:
    """Changes only when somebody sets the clock of this machine."""
    return time.time() - time.monotonic()


def _flaw(data: bytes, queue_name: str) -> str:
    """Why Dramatiq could not work on a message or, afterwards, name it to Redis; "" if it can.

    A message that names another queue would be acknowledged there, which ends the thread of a
    process that does not consume it.
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
