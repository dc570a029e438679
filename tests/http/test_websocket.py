"""Live progress through a real gunicorn, with an independent WebSocket client."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import dramatiq
import pytest
import redis
import websocket
from sqlalchemy import text

from models.database import org_transaction, owner_transaction
from models.jobs.submission import Submission, submit_orders
from tests.http.conftest import Api, Shop, job_at_its_end, log_in, token_of
from tests.http.gunicorn_process import Gunicorn
from tests.http.test_import import FILE as ORDERS_FILE
from tests.records import new_orders
from tests.waiting import wait_for
from tests.workers import import_worker

pytestmark = pytest.mark.slow(reason="starts gunicorn")

Json = dict[str, Any]
Open = Callable[..., websocket.WebSocket]

SCALARS = {
    "type",
    "job_id",
    "revision",
    "status",
    "total_items",
    "processed_items",
    "successful_items",
    "failed_items",
    "cancelled_items",
    "pending_items",
    "started_at",
    "completed_at",
    "errors",
}


@pytest.fixture
def opened() -> Iterator[list[websocket.WebSocket]]:
    """Sockets to be closed after the test."""
    sockets: list[websocket.WebSocket] = []
    yield sockets
    for socket in sockets:
        socket.shutdown()


@pytest.fixture
def watch(server: Gunicorn, shop: Shop, opened: list[websocket.WebSocket]) -> Open:
    """Opens a socket on a job, with the clerk's token unless headers are given."""

    def open_socket(job_id: str, **options: Any) -> websocket.WebSocket:
        options.setdefault("header", shop.api.headers)
        options.setdefault("suppress_origin", True)
        kind = options.pop("kind", "batch-jobs")
        url = f"ws://127.0.0.1:{server.port}/ws/{kind}/{job_id}"
        opened.append(websocket.create_connection(url, timeout=60, **options))
        return opened[-1]

    return open_socket


_batches = iter(range(1_000_000))


@pytest.fixture
def submit(shop: Shop, redis_client: redis.Redis) -> Callable[..., str]:
    """Submits a batch of new orders and returns the job's id; Redis is empty."""

    def submit_batch(count: int, **options: Any) -> str:
        order_ids = new_orders(shop.clerk, count, prefix=f"W{next(_batches)}-", **options)
        answer = shop.api.post("/api/batch-jobs", json={"order_ids": order_ids})
        assert answer.status_code == 202
        job_id: str = answer.get_json()["id"]
        return job_id

    return submit_batch


def received(socket: websocket.WebSocket) -> tuple[list[Json], int]:
    """All events until the server closes the socket, and the close code."""
    events = []
    deadline = time.monotonic() + 30  # the server's pings keep recv from timing out
    while time.monotonic() < deadline:
        kind, data = socket.recv_data(control_frame=True)
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return events, int.from_bytes(data[:2], "big")
        if kind == websocket.ABNF.OPCODE_TEXT:
            events.append(json.loads(data))
    raise AssertionError(f"the server did not close within 30 s; it sent {events}")


def test_a_client_receives_the_snapshot_then_progress_then_the_end(
    shop: Shop, watch: Open, submit: Callable[..., str], worker: dramatiq.Worker
) -> None:
    job_id = submit(40, flawed=[3, 30])
    events, code = received(watch(job_id))
    assert code == 1000
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("snapshot", "done")
    assert set(kinds[1:-1]) <= {"progress"}
    revisions = [event["revision"] for event in events]
    assert revisions == sorted(revisions)
    for event in events:
        assert set(event) >= SCALARS
        parts = ("pending_items", "successful_items", "failed_items", "cancelled_items")
        assert sum(event[part] for part in parts) == event["total_items"] == 40
    done = events[-1]
    assert (done["status"], done["successful_items"], done["failed_items"]) == ("completed", 38, 2)
    assert done["totals"] == [
        {"currency": "EUR", "count": 38, "net": "1140.00", "tax": "216.60", "gross": "1356.60"}
    ]
    told = {error["order_number"] for event in events for error in event["errors"]}
    items = shop.api.get(f"/api/batch-jobs/{job_id}/items?status=failed").get_json()["items"]
    assert told == {item["order_number"] for item in items}


def test_a_job_that_has_ended_is_done_at_once(
    shop: Shop, watch: Open, submit: Callable[..., str], worker: dramatiq.Worker
) -> None:
    job_id = submit(2)
    job_at_its_end(shop.api, job_id)
    events, code = received(watch(job_id))
    assert code == 1000
    assert [event["type"] for event in events] == ["snapshot", "done"]
    assert events[1]["totals"][0]["count"] == 2


def test_a_cancelled_job_is_done(shop: Shop, watch: Open, submit: Callable[..., str]) -> None:
    job_id = submit(3)
    socket = watch(job_id)
    assert json.loads(socket.recv())["status"] == "pending"
    assert shop.api.post(f"/api/batch-jobs/{job_id}/cancel").status_code == 200
    events, code = received(socket)
    assert (events[-1]["type"], events[-1]["cancelled_items"], code) == ("done", 3, 1000)


def test_a_late_client_receives_the_current_state_of_the_job(
    shop: Shop, watch: Open, submit: Callable[..., str]
) -> None:
    from actors.create_invoice import create_invoice

    job_id = submit(3, flawed=[0])
    items = shop.api.get(f"/api/batch-jobs/{job_id}/items").get_json()["items"]
    for item in items[:2]:
        create_invoice.fn(job_id, item["order_id"])
    snapshot = json.loads(watch(job_id).recv())
    assert (snapshot["type"], snapshot["status"]) == ("snapshot", "processing")
    assert (snapshot["successful_items"], snapshot["failed_items"]) == (1, 1)
    assert snapshot["errors"][0]["code"] == "quantity_not_positive"


@pytest.mark.parametrize(
    "options",
    [
        {"header": {}},
        {"header": {"Authorization": "Bearer wrong"}},
        {"header": {"Cookie": "billmill_session=forged"}},
    ],
)
def test_a_socket_needs_a_login(watch: Open, submit: Callable[..., str], options: Json) -> None:
    assert received(watch(submit(1), **options)) == ([], 1008)


def test_an_import_is_watched_like_a_job(shop: Shop, watch: Open) -> None:
    run = shop.api.post("/api/imports", data=ORDERS_FILE, content_type="text/csv").get_json()
    socket = watch(run["id"], kind="imports")
    first = json.loads(socket.recv())
    assert (first["type"], first["import_id"], first["status"]) == (
        "snapshot",
        run["id"],
        "pending",
    )
    assert (first["rows"], first["size_bytes"]) == (0, len(ORDERS_FILE))
    with import_worker():
        events, code = received(socket)
    assert code == 1000
    done = events[-1]
    assert (done["type"], done["status"], done["rows"]) == ("done", "completed", 2)
    assert (done["orders_created"], done["orders_rejected"], done["error_count"]) == (1, 1, 1)
    assert all(event["type"] == "progress" for event in events[:-1])
    again, code = received(watch(run["id"], kind="imports"))
    assert [event["type"] for event in again] == ["snapshot", "done"]


def test_a_socket_on_a_missing_or_foreign_import_is_refused(shop: Shop, watch: Open) -> None:
    stranger = Api(shop.app, token_of(shop.stranger, "watcher"))
    run = stranger.post("/api/imports", data=ORDERS_FILE, content_type="text/csv").get_json()
    for import_id in (run["id"], str(uuid.uuid4())):
        assert received(watch(import_id, kind="imports")) == ([], 1008)


@pytest.fixture
def cookie(shop: Shop) -> str:
    """The session cookie of the clerk's browser."""
    browser = shop.app.test_client()
    log_in(browser, shop.clerk.email)
    found = browser.get_cookie("billmill_session")
    assert found is not None
    return f"billmill_session={found.value}"


def test_our_own_page_may_open_a_socket_with_its_session(
    server: Gunicorn, watch: Open, submit: Callable[..., str], cookie: str
) -> None:
    socket = watch(submit(1), header={"Cookie": cookie}, suppress_origin=False, origin=server.url)
    assert json.loads(socket.recv())["type"] == "snapshot"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_another_sites_page_may_not_open_a_socket(
    watch: Open, submit: Callable[..., str], cookie: str, origin: str
) -> None:
    socket = watch(submit(1), header={"Cookie": cookie}, suppress_origin=False, origin=origin)
    assert received(socket) == ([], 1008)


def test_a_socket_on_a_missing_or_foreign_job_is_refused(shop: Shop, watch: Open) -> None:
    assert received(watch(str(uuid.uuid4()))) == ([], 1008)
    with owner_transaction() as session:
        stranger = session.execute(
            text(
                "SELECT o.id, u.id FROM organizations o, users u"
                " WHERE o.slug = 'beta' AND u.email LIKE '%beta%'"
            )
        ).one()
    job = submit_orders(stranger[0], [shop.strangers_order], Submission(stranger[1]))
    assert received(watch(str(job.job_id))) == ([], 1008)


def test_a_client_learns_of_the_end_even_if_the_events_are_lost(
    shop: Shop, watch: Open, submit: Callable[..., str]
) -> None:
    job_id = submit(1)
    socket = watch(job_id)
    assert json.loads(socket.recv())["type"] == "snapshot"
    with org_transaction(shop.clerk.organization_id) as session:  # without publishing an event
        session.execute(
            text("UPDATE batch_job_items SET status = 'cancelled' WHERE job_id = :id"),
            {"id": job_id},
        )
        session.execute(
            text(
                "UPDATE batch_job_queue SET status = 'cancelled', completed_at = now(),"
                " cancelled_items = 1, revision = revision + 1 WHERE id = :id"
            ),
            {"id": job_id},
        )
    events, code = received(socket)
    assert (events[-1]["type"], events[-1]["status"], code) == ("done", "cancelled", 1000)


def test_a_broken_connection_to_redis_is_restored(
    shop: Shop,
    watch: Open,
    submit: Callable[..., str],
    redis_client: redis.Redis,
) -> None:
    job_id = submit(2)
    socket = watch(job_id)
    assert json.loads(socket.recv())["type"] == "snapshot"
    wait_for(lambda: redis_client.pubsub_numpat() == 1)
    redis_client.client_kill_filter(_type="pubsub")
    wait_for(lambda: redis_client.pubsub_numpat() == 1)
    shop.api.post(f"/api/batch-jobs/{job_id}/cancel")
    events, code = received(socket)
    assert (events[-1]["type"], code) == ("done", 1000)


def test_messages_of_a_client_are_ignored_and_a_long_one_ends_the_socket(
    watch: Open, submit: Callable[..., str]
) -> None:
    socket = watch(submit(1))
    assert json.loads(socket.recv())["type"] == "snapshot"
    for _ in range(100):
        socket.send("hello")
    socket.ping("still there?")
    assert socket.recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_PONG
    socket.send("x" * 2_000)
    assert received(socket) == ([], 1009)


@pytest.mark.parametrize("kind", ["batch-jobs", "imports"])
@pytest.mark.parametrize(
    "headers", [{}, {"Connection": "Upgrade", "Upgrade": "websocket"}, {"Upgrade": "websocket"}]
)
def test_a_request_without_a_handshake_is_refused(
    server: Gunicorn, headers: dict[str, str], kind: str
) -> None:
    request = Request(f"{server.url}/ws/{kind}/{uuid.uuid4()}", headers=headers)
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=60)
    with refused.value:
        assert refused.value.code == 400
