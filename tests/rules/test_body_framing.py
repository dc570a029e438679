"""The end of a body does not depend on how it is split on the way."""

from itertools import pairwise

import pytest
from gunicorn.http.errors import ParseException
from hypothesis import given
from hypothesis import strategies as st

from web.server.framing import Chunked, Framing, Sized

BODIES = st.lists(st.binary(min_size=1, max_size=300), max_size=6)


def fed(framing: Framing, sent: bytes, cuts: list[int]) -> tuple[bytes, bool, bytes]:
    """The body, whether it is whole, and what is left."""
    buffer, written = bytearray(), bytearray()
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    whole = False
    for begin, end in pairwise(places):
        buffer += sent[begin:end]
        whole = whole or framing.feed(buffer, written.extend)
    return bytes(written), whole, bytes(buffer)


def in_chunks(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(BODIES, st.lists(st.integers(0, 2000)), st.binary(max_size=20))
def test_chunks_are_joined_and_the_bytes_after_the_body_are_left(
    parts: list[bytes], cuts: list[int], after: bytes
) -> None:
    found = fed(Chunked(), in_chunks(parts) + after, cuts)
    assert found == (b"".join(parts), True, after)


@given(BODIES, st.integers(0, 2000), st.lists(st.integers(0, 2000)))
def test_a_truncated_chunked_body_is_never_complete(
    parts: list[bytes], end: int, cuts: list[int]
) -> None:
    sent = in_chunks(parts)
    assert fed(Chunked(), sent[: min(end, len(sent) - 1)], cuts)[1] is False


@given(st.binary(max_size=300), st.integers(0, 300), st.lists(st.integers(0, 300)))
def test_a_body_of_known_length_is_complete_with_its_last_byte(
    sent: bytes, length: int, cuts: list[int]
) -> None:
    body, whole, left = fed(Sized(length), sent, cuts)
    assert (body, left) == (sent[:length], sent[length:])
    assert whole is (len(sent) >= length)


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n",
        b"x\r\n",
        b"0x5\r\n",
        b"+5\r\n",
        b" 5\r\n",
        b"5 \r\n",
        b"5;\r\n",
        b"5;a=\x00\r\n",
        b"5\n",
        b"1" * 16 + b"\r\n",
        b"1\r\nab",
        b"1\r\na\n0\r\n",
        b"0\r\nA\r\n",
        b"0\r\n folded\r\n",
        b"0\r\n" + b"a: b\r\n" * 5000,
        b"1;a=" + b"b" * 5000,
    ],
)
def test_a_malformed_chunk_is_refused(sent: bytes) -> None:
    with pytest.raises(ParseException):
        fed(Chunked(), sent, [])


def test_a_long_body_in_tiny_chunks_is_refused_early() -> None:
    buffer = bytearray(b"1\r\nx\r\n" * 10_000)
    written = bytearray()
    with pytest.raises(ParseException):
        Chunked().feed(buffer, written.extend)
    assert len(written) < 4000


@pytest.mark.parametrize(("size", "count"), [(1, 3000), (50, 20_000), (1000, 2000)])
def test_a_body_sent_line_by_line_is_read(size: int, count: int) -> None:
    parts = [b"x" * size] * count
    assert fed(Chunked(), in_chunks(parts), []) == (b"".join(parts), True, b"")
