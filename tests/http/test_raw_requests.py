"""Requests at the level of bytes: kept alive, pipelined, in pieces, malformed, too long."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.http.conftest import Shop
from tests.http.gunicorn_process import Gunicorn

pytestmark = pytest.mark.slow(reason="starts gunicorn")

SERVER = {"threads": 2}
HOST = b"Host: localhost\r\n"
PROBLEM, TEXT = "application/problem+json", "text/plain; charset=utf-8"


class Asking:
    """A connection on which a test writes raw requests."""

    def __init__(self, server: Gunicorn) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), 30)
        self._read = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with lowercase names, and body of the next response."""
        status = int(self._read.readline().split()[1])
        headers = {}
        while (line := self._read.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        if headers.get("transfer-encoding") != "chunked":
            return status, headers, self._read.read(int(headers.get("content-length", 0)))
        body = b""
        while size := int(self._read.readline(), 16):
            body += self._read.read(size)
            self._read.readline()
        self._read.readline()
        return status, headers, body

    def is_closed(self) -> bool:
        """Waits for the end of the connection; returns whether nothing else was sent."""
        return self._read.read() == b""


@pytest.fixture
def asking(server: Gunicorn) -> Iterator[Asking]:
    opened = Asking(server)
    yield opened
    opened.socket.close()


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"POST {path} HTTP/1.1\r\n".encode() + HOST + lines.encode() + b"\r\n" + body


def chunked(path: str, body: bytes) -> bytes:
    return post(path, body, "Transfer-Encoding: chunked", "Content-Type: application/json")


def test_pipelined_requests_are_answered_in_order(asking: Asking) -> None:
    names = ["/healthz", "/nothing", "/login", "/api/nothing"] * 3
    asking.send(b"".join(f"GET {name} HTTP/1.1\r\n".encode() + HOST + b"\r\n" for name in names))
    assert [asking.answer()[0] for _ in names] == [200, 404, 200, 404] * 3


def test_a_request_that_comes_byte_by_byte_is_answered(asking: Asking) -> None:
    request = chunked("/api/batch-jobs", b'5\r\n{"ord\r\n2;x=y\r\n"}\r\n0\r\nExpires: 0\r\n\r\n')
    for at in range(len(request)):
        asking.send(request[at : at + 1])
    assert asking.answer()[0] == 401
    asking.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
    assert asking.answer()[0] == 200


def test_a_body_is_the_same_in_one_piece_and_in_chunks(asking: Asking, shop: Shop) -> None:
    body = json.dumps({"order_ids": shop.orders[:1], "priority": "none"}).encode()
    bearer = f"Authorization: Bearer {shop.api.token}"
    kind = "Content-Type: application/json"
    asking.send(post("/api/batch-jobs", body, bearer, kind, f"Content-Length: {len(body)}"))
    whole = asking.answer()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    asking.send(post("/api/batch-jobs", chunks, bearer, kind, "Transfer-Encoding: chunked"))
    assert whole[0] == 422
    assert asking.answer()[2] == whole[2]


def test_a_request_that_expects_100_continue_gets_it(asking: Asking) -> None:
    asking.send(post("/api/batch-jobs", b"", "Content-Length: 2", "Expect: 100-continue"))
    assert asking.answer()[0] == 100
    asking.send(b"{}")
    assert asking.answer()[0] == 401


def test_a_connection_is_closed_on_request(asking: Asking) -> None:
    asking.send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    status, headers, _ = asking.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert asking.is_closed()


@pytest.mark.parametrize("framing", ["Content-Length: 9000000", "Transfer-Encoding: chunked"])
def test_a_large_file_is_read_only_from_a_client_that_may_import(
    asking: Asking, server: Gunicorn, shop: Shop, framing: str
) -> None:
    common = (framing, "Content-Type: text/csv", "Expect: 100-continue")
    asking.send(post("/api/orders/import", b"", *common))
    status, headers, body = asking.answer()
    assert (status, headers["content-type"], headers["connection"]) == (401, PROBLEM, "close")
    assert json.loads(body)["code"] == "login_required"

    known = Asking(server)
    bearer = f"Authorization: Bearer {shop.api.token}"
    known.send(post("/api/orders/import", b"", bearer, *common))
    assert known.answer()[0] == 100
    sent = b"none,of,ours" + b"\n" * 8_999_988
    known.send(sent if "Length" in framing else b"%x\r\n%s\r\n0\r\n\r\n" % (len(sent), sent))
    status, _, body = known.answer()
    assert (status, json.loads(body)["size_bytes"]) == (202, len(sent))
    known.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
    assert known.answer()[0] == 200
    known.socket.close()


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        (chunked("/api/batch-jobs", b"zz\r\n{}\r\n0\r\n\r\n"), 400, PROBLEM),
        (chunked("/api/batch-jobs", b"2\r\n{}0\r\n\r\n"), 400, PROBLEM),
        (chunked("/api/batch-jobs", b"2\r\n{}\r\n-1\r\n\r\n"), 400, PROBLEM),
        (chunked("/api/batch-jobs", b"2\n{}\r\n0\r\n\r\n"), 400, PROBLEM),
        (chunked("/api/batch-jobs", b"0\r\nno trailer\r\n\r\n"), 400, PROBLEM),
        (chunked("/login", b"x" * 5000), 400, TEXT),
        (post("/api/orders", b"", "Transfer-Encoding: gzip"), 400, PROBLEM),
        (post("/api/orders", b"", "Transfer-Encoding: newest"), 501, PROBLEM),
        (post("/api/orders", b"", "Expect: wonders"), 417, PROBLEM),
        (post("/api/orders", b"", "Content-Length: 1", "Content-Length: 2"), 400, PROBLEM),
        (post("/api/orders", b"", "Content-Length: -1"), 400, PROBLEM),
        (post("/api/orders", b"", "Content-Length: 8388609"), 413, PROBLEM),
        (post("/login", b"", "Content-Length: 8388609"), 413, TEXT),
        (chunked("/api/orders", b"800001\r\n" + b"x" * 0x800001), 413, PROBLEM),
        (b"GET /api/orders?" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n", 414, PROBLEM),
        (b"GET /api/orders?" + b"x" * 5000, 414, PROBLEM),
        (b"GET /orders?" + b"x" * 5000, 414, TEXT),
        (b"GET /api/orders HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n", 431, PROBLEM),
        (b"GET /api/orders HTTP/1.1\r\n" + b"A: x\r\n" * 101 + b"\r\n", 431, PROBLEM),
        (b"GET /orders HTTP/1.1\r\nA: " + b"x" * 70_000, 431, TEXT),
        (b"GET /api/orders HTTP/3.0\r\n\r\n", 400, PROBLEM),
        (b"get /api/orders HTTP/1.1\r\n\r\n", 400, PROBLEM),
        (b"GET /api/orders HTTP/1.1\r\nno header\r\n\r\n", 400, PROBLEM),
        (b"GET /api/orders HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, PROBLEM),
        (b"GET /api/orders HTTP/1.1\nHost: x\n\n", 400, PROBLEM),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, TEXT),
        (b"\r\n\r\n", 400, TEXT),
    ],
)
def test_an_unacceptable_request_gets_a_problem_document_or_plain_text(
    asking: Asking, request_: bytes, status: int, kind: str
) -> None:
    asking.send(request_)
    answered, headers, body = asking.answer()
    assert (answered, headers["content-type"]) == (status, kind)
    assert headers["x-content-type-options"] == "nosniff"
    if kind == PROBLEM:
        problem = json.loads(body)
        assert (problem["status"], problem["type"]) == (status, "about:blank")
        assert problem["code"]
        assert problem["detail"].endswith(".")
    asking.socket.shutdown(socket.SHUT_WR)
    assert asking.is_closed()
