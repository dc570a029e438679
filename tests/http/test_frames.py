"""Each event is encoded once, as a frame that every client can read."""

from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

from web.live.sockets.frames import Frames, text_frame


def read_by_client(data: bytes) -> list[str]:
    """The messages that a client without extensions reads."""
    client, server = WSConnection(ConnectionType.CLIENT), WSConnection(ConnectionType.SERVER)
    server.receive_data(client.send(Request(host="h", target="/")))
    list(server.events())
    client.receive_data(server.send(AcceptConnection()))
    list(client.events())
    client.receive_data(data)
    return [event.data for event in client.events() if isinstance(event, TextMessage)]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_message_of_any_length_is_one_frame(size: int) -> None:
    text = "x" * size
    assert "".join(read_by_client(text_frame(text.encode()))) == text


def test_an_event_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = Frames()
    event: dict[str, Any] = {"type": "progress", "revision": 7}
    first = frames.frame(event)
    assert read_by_client(first) == ['{"type": "progress", "revision": 7}']
    assert frames.frame(event) is first


def test_the_cache_never_confuses_a_new_event_with_a_deleted_one() -> None:
    frames = Frames()
    for revision in range(1000):
        (text,) = read_by_client(frames.frame({"revision": revision}))
        assert text == f'{{"revision": {revision}}}'
