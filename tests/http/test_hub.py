"""The hub: one Redis subscription per process, and one snapshot per job for all its sockets."""

import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import FrameType
from typing import Any
from uuid import UUID

import pytest
import redis
from redis import Redis

from actors.progress import job_channel
from tests.http.hub_doubles import Clock, Snapshots, event
from tests.waiting import wait_for
from web.live.hub import Hub, TooManySockets
from web.live.pending_events import OutgoingQueue
from web.live.watched_job import QUIET_SECONDS

JOB = uuid.uuid4()


@pytest.fixture
def snapshots() -> Snapshots:
    return Snapshots()


@pytest.fixture
def hub(
    redis_url: str, redis_client: Redis, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    """A hub that waits for a slow Redis, and reads no snapshot while Redis is quiet."""
    monkeypatch.setattr("web.live.hub.TICK_SECONDS", 60.0)
    made = Hub(redis_url, snapshots.read)
    yield made
    made.close()
    # An event wakes the receiving thread, which then ends.
    wait_for(lambda: redis_client.publish(job_channel(JOB), "{}") == 0)


def ignore() -> None:
    """For a queue that the test reads directly."""


def taken(queue: OutgoingQueue) -> list[tuple[str, int]]:
    return [(one["type"], one["revision"]) for one in queue.take()]


def publish(client: Redis, kind: str, revision: int, job_id: UUID = JOB) -> None:
    client.publish(job_channel(job_id), json.dumps(event(kind, revision)))


def test_a_published_event_reaches_all_subscribers_of_the_job(
    hub: Hub, redis_client: Redis, snapshots: Snapshots
) -> None:
    with (
        hub.subscribe(1, JOB, ignore) as first,
        hub.subscribe(1, JOB, ignore) as second,
        hub.subscribe(1, uuid.uuid4(), ignore) as other,
    ):
        for queue in (first, second, other):
            assert taken(queue) == [("snapshot", 1)]
        publish(redis_client, "progress", 2)
        for queue in (first, second):
            assert wait_for(lambda queue=queue: taken(queue)) == [("progress", 2)]
        assert taken(other) == []
        assert snapshots.asked == 3


def test_all_sockets_share_one_subscription(hub: Hub, redis_client: Redis) -> None:
    with (
        hub.subscribe(1, JOB, ignore),
        hub.subscribe(1, uuid.uuid4(), ignore),
    ):
        wait_for(lambda: redis_client.pubsub_numpat() == 1)
        subscribed = [one for one in redis_client.client_list() if one["psub"] != "0"]
        assert len(subscribed) == 1


def test_every_subscriber_gets_a_new_snapshot_after_a_lost_connection(
    hub: Hub, redis_client: Redis, snapshots: Snapshots
) -> None:
    with hub.subscribe(1, JOB, ignore) as queue:
        assert taken(queue) == [("snapshot", 1)]
        wait_for(lambda: redis_client.pubsub_numpat() == 1)
        snapshots.revision = 2
        redis_client.client_kill_filter(_type="pubsub")
        assert wait_for(lambda: taken(queue)) == [("snapshot", 2)]
        wait_for(lambda: redis_client.pubsub_numpat() == 1)
        publish(redis_client, "progress", 3)
        assert wait_for(lambda: taken(queue)) == [("progress", 3)]


def test_without_redis_a_watcher_still_gets_snapshots(snapshots: Snapshots) -> None:
    clock = Clock()
    hub = Hub("redis://127.0.0.1:1/0", snapshots.read, clock=clock)
    try:
        with hub.subscribe(1, JOB, ignore) as queue:
            assert taken(queue) == [("snapshot", 1)]
            snapshots.revision = 2
            clock.now += QUIET_SECONDS
            assert wait_for(lambda: taken(queue)) == [("snapshot", 2)]
    finally:
        hub.close()


@pytest.fixture
def still(snapshots: Snapshots, redis_url: str) -> tuple[Hub, Clock]:
    """A hub whose threads do not run: the test calls them."""
    clock = Clock()
    hub = Hub(redis_url, snapshots.read, clock=clock)
    hub._start_threads = lambda: None  # type: ignore[method-assign]
    hub._redis.subscribed.set()
    return hub, clock


def test_after_some_quiet_seconds_the_snapshot_is_read_once_per_job(
    still: tuple[Hub, Clock], snapshots: Snapshots
) -> None:
    hub, clock = still
    with (
        hub.subscribe(1, JOB, ignore) as first,
        hub.subscribe(1, JOB, ignore) as second,
    ):
        for queue in (first, second):
            assert taken(queue) == [("snapshot", 1)]
        snapshots.asked, snapshots.revision = 0, 5
        hub.read_due_snapshots()
        assert snapshots.asked == 0
        clock.now += QUIET_SECONDS
        hub.read_due_snapshots()
        hub.read_due_snapshots()
        assert snapshots.asked == 1
        assert taken(first) == taken(second) == [("snapshot", 5)]


def test_an_unchanged_snapshot_is_not_sent(still: tuple[Hub, Clock], snapshots: Snapshots) -> None:
    hub, clock = still
    with hub.subscribe(1, JOB, ignore) as queue:
        assert taken(queue) == [("snapshot", 1)]
        hub.fan_out(str(JOB), json.dumps(event("progress", 1)))
        clock.now += QUIET_SECONDS
        hub.read_due_snapshots()
        assert taken(queue) == []


def test_a_lost_end_is_found_in_postgresql(still: tuple[Hub, Clock], snapshots: Snapshots) -> None:
    hub, clock = still
    with hub.subscribe(1, JOB, ignore) as queue:
        assert taken(queue) == [("snapshot", 1)]
        snapshots.revision = 2
        snapshots.state = {"status": "completed", "pending_items": 0}
        clock.now += QUIET_SECONDS
        hub.read_due_snapshots()
        assert taken(queue) == [("snapshot", 2), ("done", 2)]


def test_a_database_that_is_away_is_read_again_later(
    still: tuple[Hub, Clock], snapshots: Snapshots
) -> None:
    hub, clock = still
    with hub.subscribe(1, JOB, ignore) as queue:
        taken(queue)
        snapshots.away, snapshots.revision = True, 2
        clock.now += QUIET_SECONDS
        hub.read_due_snapshots()
        assert taken(queue) == []
        snapshots.away = False
        clock.now += QUIET_SECONDS
        hub.read_due_snapshots()
        assert taken(queue) == [("snapshot", 2)]


def test_jobs_without_subscribers_cost_nothing(
    still: tuple[Hub, Clock], snapshots: Snapshots
) -> None:
    hub, clock = still
    with hub.subscribe(1, JOB, ignore):
        pass
    snapshots.asked = 0
    clock.now += 10 * QUIET_SECONDS
    hub.read_due_snapshots()
    hub.fan_out(str(JOB), "not even read")
    assert snapshots.asked == 0


def test_simultaneous_subscribers_share_a_snapshot(
    still: tuple[Hub, Clock], snapshots: Snapshots
) -> None:
    hub, _ = still
    snapshots.gate.clear()
    with ExitStack() as stack, ThreadPoolExecutor(20) as threads:

        def come() -> list[tuple[str, int]]:
            return taken(stack.enter_context(hub.subscribe(1, JOB, ignore)))

        first = threads.submit(come)
        wait_for(lambda: snapshots.asked == 1)
        others = [threads.submit(come) for _ in range(15)]
        wait_for(lambda: hub._subscribers == 16)
        snapshots.revision = 2
        snapshots.gate.set()
        assert first.result(10) in ([("snapshot", 1)], [("snapshot", 2)])
        # They subscribed during the first read, so its snapshot may lack what they have missed.
        assert [other.result(10) for other in others] == [[("snapshot", 2)]] * 15
        assert snapshots.asked == 2


def test_the_errors_of_a_late_event_are_sent_with_the_newest_counts(
    still: tuple[Hub, Clock],
) -> None:
    hub, _ = still
    with (
        hub.subscribe(1, JOB, ignore) as first,
        hub.subscribe(1, JOB, ignore) as second,
    ):
        for queue in (first, second):
            assert taken(queue) == [("snapshot", 1)]
        hub.fan_out(str(JOB), json.dumps(event("progress", 5, pending_items=1, errors=["first"])))
        hub.fan_out(str(JOB), json.dumps(event("progress", 4, pending_items=2, errors=["late"])))
        one, other = first.take(), second.take()
        (told,) = one
        assert (told["revision"], told["pending_items"]) == (5, 1)
        assert told["errors"] == ["first", "late"]
        assert other == one
        hub.fan_out(str(JOB), json.dumps(event("progress", 3, pending_items=3, errors=["later"])))
        (told,) = first.take()
        assert (told["revision"], told["pending_items"], told["errors"]) == (5, 1, ["later"])


def test_a_job_is_known_to_the_organisation_that_watches_it(still: tuple[Hub, Clock]) -> None:
    hub, _ = still
    assert not hub.is_watched(1, JOB)
    with hub.subscribe(1, JOB, ignore):
        assert hub.is_watched(1, JOB)
        assert not hub.is_watched(2, JOB)
    assert not hub.is_watched(1, JOB)


def test_sockets_are_bounded(still: tuple[Hub, Clock]) -> None:
    hub, _ = still
    hub.max_sockets = 1
    with (
        hub.subscribe(1, JOB, ignore),
        pytest.raises(TooManySockets),
        hub.subscribe(1, JOB, ignore),
    ):
        pass
    with hub.subscribe(1, JOB, ignore):
        pass


def test_close_may_interrupt_close(still: tuple[Hub, Clock]) -> None:
    """On Ctrl-C a worker gets two signals: from the terminal and from its master."""
    hub, _ = still

    def interrupt(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            hub.close()
        return interrupt

    def close() -> None:
        sys.settrace(interrupt)
        hub.close()

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(30)
    assert not closing.is_alive()
    assert hub.is_closing


def test_noise_on_the_channel_does_not_end_the_subscription(
    hub: Hub, redis_client: redis.Redis
) -> None:
    with hub.subscribe(1, JOB, ignore) as queue:
        taken(queue)
        redis_client.publish("job:not-an-id:progress", "{}")
        redis_client.publish(job_channel(JOB), "not json")
        redis_client.publish(job_channel(JOB), "{}")
        redis_client.publish(b"job:\xff:progress", "{}")
        redis_client.publish(job_channel(JOB), b"\xff\xfe")
        redis_client.publish(job_channel(JOB), "[" * 100_000)
        redis_client.publish(job_channel(JOB), json.dumps(event("progress", 1, errors=None)))
        redis_client.publish(job_channel(JOB), json.dumps(event("progress", "x")))  # type: ignore[arg-type]
        publish(redis_client, "progress", 2)
        assert wait_for(lambda: taken(queue)) == [("progress", 2)]
