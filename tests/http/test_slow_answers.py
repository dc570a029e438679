"""Streamed responses to clients that read slowly or not at all."""

import csv
import io
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import owner_transaction
from tests.http.conftest import Shop
from tests.http.gunicorn_process import Gunicorn, gunicorn
from tests.records import new_orders
from tests.waiting import wait_for

pytestmark = pytest.mark.slow(reason="starts gunicorn, waits for slow clients")

FAILURES = 1500
LETTERS = 300  # in each of their messages
SERVER = {"threads": 2}
READERS = 20
_ESTABLISHED = 1  # in Linux' tcp_states.h


@pytest.fixture(scope="module")
def failures(shop: Shop) -> str:
    """The path of a file of half a megabyte, which is streamed."""
    order_ids = new_orders(shop.clerk, FAILURES, prefix="F", lines=1)
    job_id = shop.api.post("/api/batch-jobs", json={"order_ids": order_ids}).get_json()["id"]
    with owner_transaction() as session:
        session.execute(
            text(
                "UPDATE batch_job_items SET status = 'failed', error_code = 'some_error',"
                " error_message = repeat('x', :letters), ended_at = now() WHERE job_id = :job_id"
            ),
            {"job_id": job_id, "letters": LETTERS},
        )
    return f"/api/batch-jobs/{job_id}/failures.csv"


def not_reading(server: Gunicorn, shop: Shop, path: str) -> socket.socket:
    """A client that has sent its request but does not read; the system buffers little."""
    one = socket.socket()
    one.settimeout(60)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    one.connect(("127.0.0.1", server.port))
    asked = f"GET {path} HTTP/1.0\r\nHost: localhost\r\n"
    one.sendall(f"{asked}Authorization: Bearer {shop.api.token}\r\n\r\n".encode())
    return one


def test_a_stream_that_is_not_read_occupies_no_thread_and_arrives_complete(
    server: Gunicorn, shop: Shop, failures: str
) -> None:
    body = shop.api.get(failures).data
    with ExitStack() as stack:
        waiting = [stack.enter_context(not_reading(server, shop, failures)) for _ in range(READERS)]
        for one in waiting:  # every response has begun before one is read to its end
            assert one.recv(15) == b"HTTP/1.0 200 OK"
        assert server.serves()
        assert waiting[-1].makefile("rb").read().endswith(b"\r\n\r\n" + body)
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert len(rows) == FAILURES
    assert {row["message"] for row in rows} == {"x" * LETTERS}


def test_a_client_that_is_too_slow_is_disconnected(
    shop: Shop, failures: str, tmp_path: Path
) -> None:
    settings = shop.app.extensions["settings"]
    post = b"POST /api/orders HTTP/1.1\r\nHost: x\r\n"
    late = {
        "silent": b"",
        "in the head": b"GET /api/orders HTTP/1.1\r\nHost: loc",
        "before the body": post + b"Content-Length: 9\r\n\r\n",
        "in the body": post + b"Content-Length: 9\r\n\r\n{",
        "in a chunk": post + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{",
    }
    with (
        gunicorn(settings, tmp_path / "log", config="tests.http.impatient") as server,
        not_reading(server, shop, failures) as unread,
        ExitStack() as stack,
    ):
        opened = {}
        for kind, sent in late.items():
            opened[kind] = stack.enter_context(
                socket.create_connection(("127.0.0.1", server.port), 30)
            )
            opened[kind].sendall(sent)
        ends = {kind: one.makefile("rb").read() for kind, one in opened.items()}
        assert ends.pop("silent") == b""
        for kind, end in ends.items():
            assert end.startswith(b"HTTP/1.1 408 "), kind
            assert b'"code": "request_timeout"' in end, kind
        assert wait_for(lambda: cut_off(unread))


def cut_off(unread: socket.socket) -> bool:
    """Whether the server has ended the unread connection."""
    (state,) = unread.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return bool(state != _ESTABLISHED)
