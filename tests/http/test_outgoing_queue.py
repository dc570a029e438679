"""What waits for a socket: the snapshot first, then the newest state with all new errors."""

import threading
from typing import Any

import pytest

from web.live.outgoing_queue import MAX_ERRORS, Mailbox


def event(kind: str, revision: int, *errors: int, **more: Any) -> dict[str, Any]:
    told = {"type": kind, "revision": revision, "status": "processing", "pending_items": 5}
    return {**told, "errors": [{"order_id": order_id} for order_id in errors], **more}


def ended(kind: str, revision: int, *errors: int) -> dict[str, Any]:
    return event(kind, revision, *errors, status="completed", pending_items=0)


def told(mailbox: Mailbox) -> list[tuple[str, int, list[int]]]:
    return [
        (one["type"], one["revision"], [error["order_id"] for error in one["errors"]])
        for one in mailbox.take()
    ]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(threading.Event())


def test_nothing_is_told_before_the_snapshot(mailbox: Mailbox) -> None:
    mailbox.put(event("progress", 3, 7))
    assert told(mailbox) == []
    mailbox.put(event("snapshot", 2))
    assert told(mailbox) == [("snapshot", 2, []), ("progress", 3, [7])]
    assert told(mailbox) == []


@pytest.mark.parametrize("revision", [2, 4])
def test_a_job_that_ends_while_the_snapshot_is_read_is_told_to_its_end(
    mailbox: Mailbox, revision: int
) -> None:
    mailbox.put(ended("done", 4))
    mailbox.put(ended("snapshot", 4) if revision == 4 else event("snapshot", revision))
    assert told(mailbox) == [("snapshot", revision, []), ("done", 4, [])]
    mailbox.put(event("progress", 3))
    assert told(mailbox) == []


def test_an_end_that_the_snapshot_has_overtaken_is_not_told(mailbox: Mailbox) -> None:
    mailbox.put(ended("done", 4))
    mailbox.put(event("snapshot", 6))  # failed orders were taken up again
    mailbox.put(event("progress", 7))
    assert told(mailbox) == [("snapshot", 6, []), ("progress", 7, [])]


def test_what_the_snapshot_tells_already_is_not_told_again(mailbox: Mailbox) -> None:
    mailbox.put(event("progress", 3, 7))
    mailbox.put(event("snapshot", 3, 7))
    mailbox.put(event("progress", 2, 6))
    assert told(mailbox) == [("snapshot", 3, [7])]


def test_events_that_wait_become_one_with_the_errors_of_all(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 1))
    assert told(mailbox) == [("snapshot", 1, [])]
    for revision in (2, 3, 4):
        mailbox.put(event("progress", revision, revision * 10))
    assert told(mailbox) == [("progress", 4, [20, 30, 40])]


def test_errors_that_wait_are_bounded_and_the_latest_stay(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 1))
    for revision in range(2, 1000):
        mailbox.put(event("progress", revision, revision))
    _, (_, revision, errors) = told(mailbox)
    assert revision == 999
    assert errors == list(range(1000 - MAX_ERRORS, 1000))


def test_a_late_event_adds_its_errors_but_not_its_counts(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 1))
    mailbox.put(event("progress", 5, 50, processed_items=5))
    mailbox.put(event("progress", 4, 40, processed_items=4))
    _, news = mailbox.take()
    assert (news["revision"], news["processed_items"]) == (5, 5)
    assert [error["order_id"] for error in news["errors"]] == [50, 40]
    mailbox.put(event("progress", 3, 30, processed_items=3))
    (late,) = mailbox.take()
    assert (late["revision"], late["processed_items"]) == (5, 5)
    assert [error["order_id"] for error in late["errors"]] == [30]


def test_a_newer_snapshot_replaces_what_waits_and_an_older_one_is_dropped(
    mailbox: Mailbox,
) -> None:
    mailbox.put(event("snapshot", 1))
    mailbox.put(event("progress", 5, 50))
    mailbox.put(event("snapshot", 6, 50))
    assert told(mailbox) == [("snapshot", 6, [50])]
    mailbox.put(event("progress", 8))
    mailbox.put(event("snapshot", 7))
    assert told(mailbox) == [("progress", 8, [])]


def test_done_is_told_last_and_once(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 1))
    mailbox.put(event("progress", 2, 20))
    mailbox.put(ended("done", 3, 30))
    mailbox.put(ended("done", 3, 30))
    mailbox.put(event("progress", 4))
    assert told(mailbox) == [("snapshot", 1, []), ("done", 3, [20, 30])]
    mailbox.put(ended("snapshot", 9))
    assert told(mailbox) == []


def test_the_snapshot_of_a_job_that_has_ended_is_followed_by_done(mailbox: Mailbox) -> None:
    mailbox.put(ended("snapshot", 9, 1))
    assert told(mailbox) == [("snapshot", 9, [1]), ("done", 9, [1])]


def test_a_cancelled_job_is_not_done_while_orders_are_open(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 9, status="cancelled"))
    assert told(mailbox) == [("snapshot", 9, [])]


def test_the_owner_is_woken_by_news(mailbox: Mailbox) -> None:
    wake = threading.Event()
    Mailbox(wake).put(event("snapshot", 1))
    assert wake.is_set()


def test_what_a_job_waits_for_is_news_without_a_commit(mailbox: Mailbox) -> None:
    mailbox.put(event("snapshot", 3, waiting_for=None))
    assert told(mailbox) == [("snapshot", 3, [])]
    mailbox.put(event("progress", 3, waiting_for=None))
    assert told(mailbox) == []
    for _ in range(2):
        mailbox.put(event("progress", 3, waiting_for="the disk is full"))
    assert told(mailbox) == [("progress", 3, [])]
    mailbox.put(event("snapshot", 3, waiting_for="the disk is full"))
    assert told(mailbox) == []
    mailbox.put(event("snapshot", 3, waiting_for=None))
    assert told(mailbox) == [("snapshot", 3, [])]
