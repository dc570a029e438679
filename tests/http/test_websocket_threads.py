"""Sockets hold no thread, are bounded in number, and give their place back whatever happens."""

import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
import websocket

from actors.progress import job_channel
from tests.http.conftest import Shop
from tests.http.gunicorn_process import Gunicorn, gunicorn
from tests.waiting import wait_for

Watch = Callable[..., websocket.WebSocket]

THREADS = 2
CLIENTS = 4  # of which three may hold a socket
GOING_AWAY, TRY_AGAIN_LATER = 1001, 1013


@pytest.fixture
def server(shop: Shop, tmp_path: Path) -> Iterator[Gunicorn]:
    """A process with fewer threads than sockets, and few of those."""
    with gunicorn(shop.app.extensions["settings"], tmp_path / "log", THREADS, CLIENTS) as started:
        yield started
    assert "Traceback" not in started.log.read_text()


@pytest.fixture(scope="module")
def job_id(shop: Shop) -> str:
    """A job that nobody works on."""
    answer = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders})
    found: str = answer.get_json()["id"]
    return found


@pytest.fixture
def watch(server: Gunicorn, shop: Shop, job_id: str) -> Iterator[Watch]:
    """Opens sockets on the job; what is still open after the test is closed."""
    with ExitStack() as stack:

        def open_socket(**options: Any) -> websocket.WebSocket:
            url = f"ws://127.0.0.1:{server.port}/ws/batch-jobs/{job_id}"
            options |= {"header": shop.api.headers, "suppress_origin": True, "timeout": 60}
            opened = websocket.create_connection(url, **options)
            stack.callback(opened.shutdown)
            return opened

        yield open_socket


def first_word(watching: websocket.WebSocket) -> str | int:
    """The type of the first event, or the code with which the server closes."""
    kind, data = watching.recv_data()
    if kind == websocket.ABNF.OPCODE_CLOSE:
        return int.from_bytes(data[:2], "big")
    event: dict[str, str] = json.loads(data)
    return event["type"]


def test_sockets_are_bounded_and_hold_no_thread(server: Gunicorn, watch: Watch) -> None:
    words = [first_word(watch()) for _ in range(4)]
    assert words == ["snapshot", "snapshot", "snapshot", TRY_AGAIN_LATER]
    assert server.serves()


def test_who_vanishes_gives_the_place_back(watch: Watch) -> None:
    for _ in range(3):
        gone = watch()
        assert first_word(gone) == "snapshot"
        gone.shutdown()  # without a farewell
    wait_for(lambda: first_word(watch()) == "snapshot")


def test_who_does_not_read_holds_up_nobody_and_is_dropped(
    watch: Watch, job_id: str, redis_client: redis.Redis
) -> None:
    deaf = watch(sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    reader, idle = watch(), watch()
    assert first_word(reader) == first_word(idle) == "snapshot"
    assert first_word(watch()) == TRY_AGAIN_LATER
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
    wait_for(lambda: first_word(watch()) == "snapshot", 20)
    ends = (websocket.WebSocketConnectionClosedException, ConnectionResetError)
    with pytest.raises(ends):
        read_to_the_end(deaf)


def read_to_the_end(deaf: websocket.WebSocket) -> None:
    """What was in flight arrives, then the end of the connection."""
    while True:
        deaf.recv()


@pytest.mark.parametrize("stop", [Gunicorn.terminate, Gunicorn.interrupt])
def test_a_process_that_is_told_to_stop_ends_its_sockets_and_then_itself(
    server: Gunicorn, watch: Watch, stop: Callable[[Gunicorn], None]
) -> None:
    watching = [watch() for _ in range(3)]
    for one in watching:
        assert first_word(one) == "snapshot"
    told_at = time.monotonic()
    stop(server)
    assert [first_word(one) for one in watching] == [GOING_AWAY] * 3
    for one in watching:
        one.close()
    assert server.process.wait(60) == 0
    assert time.monotonic() - told_at < 19  # not only when gunicorn loses its patience
