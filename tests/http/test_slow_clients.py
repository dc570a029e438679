"""Slow clients, malicious ones too, occupy no thread: others are served as usual."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.request import urlopen

import pytest

from tests.http.gunicorn_process import Gunicorn
from tests.waiting import wait_for

pytestmark = pytest.mark.slow(reason="starts gunicorn, opens 3,000 connections")

MANY = 500
SERVER = {"threads": 20, "connections": 2000}
A_FILE = (
    b"GET /static/vendor/bootstrap-5.3.9/css/bootstrap.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
)
# What each kind of client sends before it falls silent.
KINDS = {
    "silent": b"",
    "in the middle of the head": b"GET /healthz HTTP/1.1\r\nHost: local",
    "withholding the body": b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n",
    "in the middle of the body": b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nema",
    "in the middle of a chunk": (
        b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7f\r\nemail"
    ),
}
NOT_READING = A_FILE


@pytest.fixture(scope="module", autouse=True)
def _room_for_sockets() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))


@contextmanager
def slow_clients(server: Gunicorn, sent: bytes, source: str = "127.0.0.1") -> Iterator[None]:
    """Opens MANY clients that send this and fall silent."""
    with ExitStack() as stack:
        for _ in range(MANY):
            one = stack.enter_context(socket.socket())
            # The system shall buffer little of a response, on both sides.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            one.bind((source, 0))
            one.settimeout(20)
            one.connect(("127.0.0.1", server.port))
            one.sendall(sent)
        yield


def slowest_answer(server: Gunicorn) -> float:
    """The slowest response, in seconds, of pages and health checks."""
    slowest = 0.0
    for path in ("/healthz", "/login", "/readyz") * 3:
        before = time.monotonic()
        with urlopen(server.url + path, timeout=30) as answer:
            assert answer.status == 200
            answer.read()
        slowest = max(slowest, time.monotonic() - before)
    return slowest


@pytest.mark.parametrize("sent", KINDS.values(), ids=KINDS.keys())
def test_500_slow_clients_do_not_delay_others(server: Gunicorn, sent: bytes) -> None:
    with slow_clients(server, sent):
        assert slowest_answer(server) < 1


def test_500_clients_that_do_not_read_do_not_delay_others(server: Gunicorn) -> None:
    with slow_clients(server, NOT_READING):
        # Their files are read first; after that they cause no more work.
        wait_for(lambda: slowest_answer(server) < 1)


def test_more_slow_clients_than_connections_do_not_lock_others_out(server: Gunicorn) -> None:
    with ExitStack() as stack:
        for number, sent in enumerate([NOT_READING, *KINDS.values()], start=2):
            stack.enter_context(slow_clients(server, sent, f"127.0.0.{number}"))
        wait_for(lambda: slowest_answer(server) < 1)
