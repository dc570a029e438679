"""Dramatiq's Redis broker, mended where messages would be lost from sight or come back for ever.

Redis remembers what it handed to a worker, and takes it back once that worker's heartbeat stops.
Without the changes here, a message whose delivery failed half way belongs for ever to a worker
that is alive and knows nothing of it: the sweep sees it in flight, and its job never ends.
"""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import redis
from dramatiq import Message, MessageProxy
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed, DecodeError
from redis.client import Pipeline

from actors.redis_connection import new_client

logger = logging.getLogger(__name__)

_PAGE = 1_000
# How long a consumer looks away when its queue is empty. Dramatiq has one figure for this and for
# how often each idle thread wakes up, which 256 threads should not do twenty times a second.
LOOK_AGAIN_MS = 50


class Broker(RedisBroker):
    """Delivers what can be read, and gives back what it could not deliver."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(client=new_client(url), **options)
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
        self._consumed.add(queue_name)
        return super().consume(queue_name, prefetch, min(timeout, LOOK_AGAIN_MS))

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
        """Takes up to `count` messages; those that cannot be read become dead letters."""
        readable = []
        for message in self._dispatch("fetch")(queue_name, count):
            if message is not None and _is_readable(message):
                readable.append(message)
            elif message is not None:  # None: its content is gone already
                logger.error("An unreadable message goes to the dead letters: %.500r", message)
                self._bury(queue_name, message)
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


class _Consumer(_RedisConsumer):
    """Acknowledges together what many threads finished, before it fetches more.

    An acknowledgement that is lost with the process lets the message come again, which changes
    nothing. It says `ConnectionClosed`, which Dramatiq gets over, whenever Redis is away: in
    redis-py a timeout is no `ConnectionError`, and Dramatiq lets both pass in some places, where
    they end a thread for good.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._done: deque[str] = deque()

    def __next__(self) -> MessageProxy | None:
        try:
            self._acknowledge()
            message: MessageProxy | None = super().__next__()
        except redis.TimeoutError as error:
            raise ConnectionClosed(error) from None
        return message

    def ack(self, message: MessageProxy) -> None:
        self._done.append(message.options["redis_message_id"])
        self.queued_message_ids.discard(message.message_id)

    def close(self) -> None:
        self._acknowledge()
        super().close()

    def _acknowledge(self) -> None:
        done = [self._done.popleft() for _ in range(len(self._done))]
        if done:
            try:
                self.broker.ack_all(self.queue_name, done)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                raise ConnectionClosed(error) from None

    def nack(self, message: MessageProxy) -> None:
        try:
            super().nack(message)
        except redis.TimeoutError as error:
            raise ConnectionClosed(error) from None

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        try:
            super().requeue(messages)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise ConnectionClosed(error) from None


def _is_readable(data: bytes) -> bool:
    """Whether Dramatiq can work on it and, afterwards, name it to Redis."""
    try:
        message = Message.decode(data)
    except DecodeError:
        return False
    return isinstance(message.options, dict) and "redis_message_id" in message.options
