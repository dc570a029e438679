"""An incomplete body is refused as a whole: nothing of it is stored."""

import io
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.conftest import Shop
from tests.http.gunicorn_process import Gunicorn
from tests.http.test_import import GOOD, HEADER

pytestmark = pytest.mark.slow(reason="starts gunicorn")

SERVER = {"threads": 2}
LINE_2 = GOOD.replace("EUR,1,SKU", "EUR,2,SKU")
# Cut after its first order line, it is a valid file, whose order costs less.
FILE = (HEADER + GOOD + LINE_2).encode()
CUT = len(HEADER + GOOD)
BOUNDARY = "one-that-occurs-nowhere"
FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="o.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode() + FILE
FORM_CUT = len(FORM) - len(LINE_2)
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


class EndsEarly:
    """A body as a server passes it on when the client has disconnected."""

    def __init__(self, sent: bytes, error: Exception | None = None) -> None:
        self._sent = io.BytesIO(sent)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        data = self._sent.read(size)
        if not data and self._error is not None:
            raise self._error
        return data


@pytest.fixture(autouse=True)
def _nothing_is_stored(shop: Shop) -> Iterator[None]:
    yield
    numbers = [one["order_number"] for one in shop.api.get("/api/orders").get_json()["items"]]
    assert "N-1" not in numbers
    assert shop.api.get("/api/batch-jobs").get_json()["items"] == []


def answer_to(server: Gunicorn, sent: bytes) -> tuple[int, dict[str, Any]]:
    """Sends these bytes and closes the sending side; returns the response."""
    with socket.create_connection(("127.0.0.1", server.port), 30) as opened:
        opened.sendall(sent)
        opened.shutdown(socket.SHUT_WR)
        head, _, body = opened.makefile("rb").read().partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)


def post(shop: Shop, path: str, kind: str, framing: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Authorization: Bearer {shop.api.token}\r\n{framing}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("kind", "framing", "body"),
    [
        ("text/csv", f"Content-Length: {len(FILE)}", FILE[:CUT]),
        ("text/csv", f"Content-Length: {len(FILE)}", FILE[:-1]),
        ("text/csv", f"Content-Length: {len(FILE)}", b""),
        ("text/csv", "Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (CUT, FILE[:CUT])),
        ("text/csv", "Transfer-Encoding: chunked", b"%x\r\n%s" % (len(FILE), FILE[:CUT])),
        ("text/csv", "Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n" % (CUT, FILE[:CUT])),
        (FORM_TYPE, f"Content-Length: {len(FORM)}", FORM[:FORM_CUT]),
        (FORM_TYPE, f"Content-Length: {FORM_CUT}", FORM[:FORM_CUT]),
        (FORM_TYPE, f"Content-Length: {FORM_CUT + 2}", FORM[:FORM_CUT] + b"\r\n"),
    ],
)
def test_an_incomplete_file_is_refused_as_a_whole(
    server: Gunicorn, shop: Shop, kind: str, framing: str, body: bytes
) -> None:
    status, problem = answer_to(server, post(shop, "/api/orders/import", kind, framing, body))
    assert (status, problem["code"]) == (400, "incomplete_body")


def test_incomplete_json_is_refused_even_if_it_can_be_parsed(server: Gunicorn, shop: Shop) -> None:
    body = json.dumps({"order_ids": shop.orders}).encode()
    framing = f"Content-Length: {len(body) + 1}"
    sent = post(shop, "/api/batch-jobs", "application/json", framing, body)
    status, problem = answer_to(server, sent)
    assert (status, problem["code"]) == (400, "incomplete_body")


@pytest.mark.parametrize("error", [None, ConnectionResetError(), ValueError("server's own")])
@pytest.mark.parametrize(
    ("path", "kind", "body", "cut"),
    [
        ("/api/orders/import", "text/csv", FILE, CUT),
        ("/api/orders/import", FORM_TYPE, FORM, FORM_CUT),
        ("/api/batch-jobs", "application/json", b'{"filter":{}}    ', 13),
    ],
)
def test_an_incomplete_body_is_refused_even_if_the_server_does_not_report_it(
    shop: Shop, path: str, kind: str, body: bytes, cut: int, error: Exception | None
) -> None:
    answer = shop.api.post(
        path,
        content_type=kind,
        environ_overrides={
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": EndsEarly(body[:cut], error),
            "wsgi.input_terminated": True,
        },
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "incomplete_body")
