"""The unsent events of a connection: the snapshot, then the newest state with all errors."""

import threading
from typing import Any

import pytest

from web.live.events import MAX_ERRORS
from web.live.pending_events import OutgoingQueue


def event(kind: str, revision: int, *errors: int, **more: Any) -> dict[str, Any]:
    told = {"type": kind, "revision": revision, "status": "processing", "pending_items": 5}
    return {**told, "errors": [{"order_id": order_id} for order_id in errors], **more}


def ended(kind: str, revision: int, *errors: int) -> dict[str, Any]:
    return event(kind, revision, *errors, status="completed", pending_items=0)


def told(queue: OutgoingQueue) -> list[tuple[str, int, list[int]]]:
    return [
        (one["type"], one["revision"], [error["order_id"] for error in one["errors"]])
        for one in queue.take()
    ]


@pytest.fixture
def queue() -> OutgoingQueue:
    return OutgoingQueue(lambda: None)


def test_nothing_is_sent_before_the_snapshot(queue: OutgoingQueue) -> None:
    queue.put(event("progress", 3, 7))
    assert told(queue) == []
    queue.put(event("snapshot", 2))
    assert told(queue) == [("snapshot", 2, []), ("progress", 3, [7])]
    assert told(queue) == []


@pytest.mark.parametrize("revision", [2, 4])
def test_the_end_of_a_job_during_the_read_of_its_snapshot_is_sent(
    queue: OutgoingQueue, revision: int
) -> None:
    queue.put(ended("done", 4))
    queue.put(ended("snapshot", 4) if revision == 4 else event("snapshot", revision))
    assert told(queue) == [("snapshot", revision, []), ("done", 4, [])]
    queue.put(event("progress", 3))
    assert told(queue) == []


def test_an_end_older_than_the_snapshot_is_not_sent(queue: OutgoingQueue) -> None:
    queue.put(ended("done", 4))
    queue.put(event("snapshot", 6))  # failed orders were retried
    queue.put(event("progress", 7))
    assert told(queue) == [("snapshot", 6, []), ("progress", 7, [])]


def test_an_event_that_the_snapshot_contains_is_not_sent_again(queue: OutgoingQueue) -> None:
    queue.put(event("progress", 3, 7))
    queue.put(event("snapshot", 3, 7))
    queue.put(event("progress", 2, 6))
    assert told(queue) == [("snapshot", 3, [7])]


def test_waiting_events_are_merged_into_one_with_all_errors(queue: OutgoingQueue) -> None:
    queue.put(event("snapshot", 1))
    assert told(queue) == [("snapshot", 1, [])]
    for revision in (2, 3, 4):
        queue.put(event("progress", revision, revision * 10))
    assert told(queue) == [("progress", 4, [20, 30, 40])]


def test_waiting_errors_are_bounded_and_the_latest_are_kept(queue: OutgoingQueue) -> None:
    queue.put(event("snapshot", 1))
    for revision in range(2, 1000):
        queue.put(event("progress", revision, revision))
    _, (_, revision, errors) = told(queue)
    assert revision == 999
    assert errors == list(range(1000 - MAX_ERRORS, 1000))


def test_a_newer_snapshot_replaces_waiting_events_and_an_older_one_is_dropped(
    queue: OutgoingQueue,
) -> None:
    queue.put(event("snapshot", 1))
    queue.put(event("progress", 5, 50))
    queue.put(event("snapshot", 6, 50))
    assert told(queue) == [("snapshot", 6, [50])]
    queue.put(event("progress", 8))
    queue.put(event("snapshot", 7))
    assert told(queue) == [("progress", 8, [])]


def test_done_is_sent_last_and_once(queue: OutgoingQueue) -> None:
    queue.put(event("snapshot", 1))
    queue.put(event("progress", 2, 20))
    queue.put(ended("done", 3, 30))
    queue.put(ended("done", 3, 30))
    queue.put(event("progress", 4))
    assert told(queue) == [("snapshot", 1, []), ("done", 3, [20, 30])]
    queue.put(ended("snapshot", 9))
    assert told(queue) == []


def test_the_snapshot_of_a_job_that_has_ended_is_followed_by_done(queue: OutgoingQueue) -> None:
    queue.put(ended("snapshot", 9, 1))
    assert told(queue) == [("snapshot", 9, [1]), ("done", 9, [1])]


def test_a_cancelled_job_is_not_done_while_orders_are_open(queue: OutgoingQueue) -> None:
    queue.put(event("snapshot", 9, status="cancelled"))
    assert told(queue) == [("snapshot", 9, [])]


def test_a_new_event_calls_on_put(queue: OutgoingQueue) -> None:
    wake = threading.Event()
    OutgoingQueue(wake.set).put(event("snapshot", 1))
    assert wake.is_set()


def test_a_new_waiting_reason_is_sent_although_the_revision_is_the_same(
    queue: OutgoingQueue,
) -> None:
    queue.put(event("snapshot", 3, waiting_for=None))
    assert told(queue) == [("snapshot", 3, [])]
    queue.put(event("progress", 3, waiting_for=None))
    assert told(queue) == []
    for _ in range(2):
        queue.put(event("progress", 3, waiting_for="the disk is full"))
    assert told(queue) == [("progress", 3, [])]
    queue.put(event("snapshot", 3, waiting_for="the disk is full"))
    assert told(queue) == []
    queue.put(event("snapshot", 3, waiting_for=None))
    assert told(queue) == [("snapshot", 3, [])]
