"""Sockets occupy no thread, are bounded in number, and free their slot however they end."""

import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import websocket

from actors.progress import job_channel
from tests.http.conftest import Shop
from tests.http.gunicorn_process import Gunicorn, gunicorn
from tests.waiting import wait_for

pytestmark = pytest.mark.slow(reason="starts gunicorn, waits for a client that does not read")

Watch = Callable[..., websocket.WebSocket]

# Fewer threads than sockets; three of four connections may be sockets.
SERVER = {"threads": 2, "connections": 4}
GOING_AWAY, TRY_AGAIN_LATER = 1001, 1013


@pytest.fixture(scope="module")
def job_id(shop: Shop) -> str:
    """A job that no worker processes."""
    answer = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders})
    found: str = answer.get_json()["id"]
    return found


@contextmanager
def sockets(server: Gunicorn, shop: Shop, job_id: str) -> Iterator[Watch]:
    """Opens sockets on the job; closes the open ones at the end."""
    with ExitStack() as stack:

        def open_socket(**options: Any) -> websocket.WebSocket:
            url = f"ws://127.0.0.1:{server.port}/ws/batch-jobs/{job_id}"
            options |= {"header": shop.api.headers, "suppress_origin": True, "timeout": 60}
            opened = websocket.create_connection(url, **options)
            stack.callback(opened.shutdown)
            return opened

        yield open_socket


@pytest.fixture
def watch(server: Gunicorn, shop: Shop, job_id: str) -> Iterator[Watch]:
    """Opens sockets on the module's server."""
    with sockets(server, shop, job_id) as open_socket:
        yield open_socket


def first_event(watching: websocket.WebSocket) -> str | int:
    """The type of the first event, or the code with which the server closes."""
    kind, data = watching.recv_data()
    if kind == websocket.ABNF.OPCODE_CLOSE:
        return int.from_bytes(data[:2], "big")
    event: dict[str, str] = json.loads(data)
    return event["type"]


def admitted(watch: Watch, **options: Any) -> websocket.WebSocket:
    """A socket that got its snapshot; retries, since another test may have filled the server."""

    def opened() -> websocket.WebSocket | None:
        tried = watch(**options)
        return tried if first_event(tried) == "snapshot" else None

    found = wait_for(opened)
    assert found
    return found


def test_sockets_are_bounded_and_hold_no_thread(server: Gunicorn, watch: Watch) -> None:
    for _ in range(3):
        admitted(watch)
    assert first_event(watch()) == TRY_AGAIN_LATER
    assert server.serves()


def test_a_client_that_vanishes_frees_its_slot(watch: Watch) -> None:
    for _ in range(3):
        admitted(watch).shutdown()  # without a close frame
    admitted(watch)


def test_a_client_that_does_not_read_delays_no_other_and_is_dropped(
    watch: Watch, job_id: str, redis_client: redis.Redis
) -> None:
    deaf = admitted(watch, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    reader, _idle = admitted(watch), admitted(watch)
    assert first_event(watch()) == TRY_AGAIN_LATER
    wait_for(lambda: redis_client.pubsub_numpat() == 1)
    slowest = 0.0
    for revision in range(10, 130):
        told = {"type": "progress", "job_id": job_id, "revision": revision, "errors": []}
        state = {"status": "processing", "pending_items": 2, "padding": "x" * 100_000}
        before = time.monotonic()
        redis_client.publish(job_channel(uuid.UUID(job_id)), json.dumps({**told, **state}))
        assert json.loads(reader.recv())["revision"] == revision
        slowest = max(slowest, time.monotonic() - before)
    assert slowest < 4
    wait_for(lambda: first_event(watch()) == "snapshot", 20)
    ends = (websocket.WebSocketConnectionClosedException, ConnectionResetError)
    with pytest.raises(ends):
        read_to_the_end(deaf)


def read_to_the_end(deaf: websocket.WebSocket) -> None:
    """Reads what was in flight, until the connection ends."""
    while True:
        deaf.recv()


@pytest.mark.parametrize("stop", [Gunicorn.terminate, Gunicorn.interrupt])
def test_a_process_that_is_stopped_closes_its_sockets_and_exits(
    shop: Shop, job_id: str, tmp_path: Path, stop: Callable[[Gunicorn], None]
) -> None:
    log = tmp_path / "log"
    with (
        gunicorn(shop.app.extensions["settings"], log, **SERVER) as server,
        sockets(server, shop, job_id) as watch,
    ):
        watching = [watch() for _ in range(3)]
        for one in watching:
            assert first_event(one) == "snapshot"
        told_at = time.monotonic()
        stop(server)
        assert [first_event(one) for one in watching] == [GOING_AWAY] * 3
        for one in watching:
            one.close()
        assert server.process.wait(60) == 0
        assert time.monotonic() - told_at < 19  # before gunicorn's graceful timeout ends
    assert "Traceback" not in log.read_text()
