"""One socket without a thread: what it sends, when it is dropped, what it answers."""

import socket
from collections.abc import Iterator

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.events import Event as Heard
from wsproto.frame_protocol import CloseReason

from web.live.sockets.connection import (
    FAREWELL_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_UNSENT_BYTES,
    PING_SECONDS,
    SEND_SECONDS,
    CloseCode,
    Gone,
    Watcher,
)
from web.live.sockets.frames import text_frame

BEGINNING = 1000.0


class Client:
    """The browser's end, with a protocol of its own."""

    def __init__(self, end: socket.socket, protocol: WSConnection) -> None:
        self.end = end
        self.protocol = protocol

    def says(self, event: Heard) -> None:
        self.end.sendall(self.protocol.send(event))

    def hears(self) -> list[Heard]:
        try:
            self.protocol.receive_data(self.end.recv(10_000_000))
        except BlockingIOError:
            return []
        return list(self.protocol.events())


@pytest.fixture
def both() -> Iterator[tuple[Watcher, Client]]:
    """A watcher after its handshake, and the client at the other end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    server, client = WSConnection(ConnectionType.SERVER), WSConnection(ConnectionType.CLIENT)
    server.receive_data(client.send(Request(host="h", target="/")))
    list(server.events())
    client.receive_data(server.send(AcceptConnection()))
    list(client.events())
    watcher = Watcher(ours, server, BEGINNING)
    yield watcher, Client(theirs, client)
    watcher.drop()
    theirs.close()


@pytest.fixture
def watcher(both: tuple[Watcher, Client]) -> Watcher:
    return both[0]


@pytest.fixture
def client(both: tuple[Watcher, Client]) -> Client:
    return both[1]


def test_frames_arrive_as_messages(watcher: Watcher, client: Client) -> None:
    watcher.send(text_frame(b"one") + text_frame(b"two"), BEGINNING)
    heard = client.hears()
    assert [event.data for event in heard if isinstance(event, TextMessage)] == ["one", "two"]
    assert not watcher.is_behind


def test_what_does_not_fit_is_sent_when_there_is_room_again(
    watcher: Watcher, client: Client
) -> None:
    text = "x" * 900_000
    watcher.send(text_frame(text.encode()), BEGINNING)
    assert watcher.is_behind
    received = ""
    while watcher.is_behind:
        received += "".join(event.data for event in client.hears())  # type: ignore[attr-defined]
        watcher.send_rest()
    received += "".join(event.data for event in client.hears())  # type: ignore[attr-defined]
    assert received == text
    watcher.tick(BEGINNING + SEND_SECONDS)  # it has caught up: nobody drops it


def test_who_does_not_read_is_dropped_after_a_while(watcher: Watcher) -> None:
    watcher.send(text_frame(b"x" * 900_000), BEGINNING)
    watcher.tick(BEGINNING + SEND_SECONDS - 0.1)
    with pytest.raises(Gone):
        watcher.tick(BEGINNING + SEND_SECONDS)


def test_answers_to_pings_do_not_pile_up_without_bound(watcher: Watcher, client: Client) -> None:
    watcher.send(text_frame(b"x" * 900_000), BEGINNING)
    with pytest.raises(Gone):
        ping_often(watcher, client, MAX_UNSENT_BYTES // 100)


def ping_often(watcher: Watcher, client: Client, times: int) -> None:
    for _ in range(times):
        client.says(Ping(payload=b"x" * 100))
        watcher.receive(BEGINNING)


def test_a_ping_is_answered(watcher: Watcher, client: Client) -> None:
    client.says(Ping(payload=b"there?"))
    watcher.receive(BEGINNING)
    (answer,) = client.hears()
    assert isinstance(answer, Pong)
    assert answer.payload == b"there?"


def test_who_answers_our_pings_stays(watcher: Watcher, client: Client) -> None:
    for turn in (1, 2, 3):
        watcher.tick(BEGINNING + turn * PING_SECONDS)
        (ping,) = client.hears()
        assert isinstance(ping, Ping)
        client.says(ping.response())
        watcher.receive(BEGINNING + turn * PING_SECONDS)


def test_who_does_not_answer_our_pings_is_sent_away(watcher: Watcher, client: Client) -> None:
    for turn in (1, 2):
        watcher.tick(BEGINNING + turn * PING_SECONDS)
    *_, farewell = client.hears()
    assert isinstance(farewell, CloseConnection)
    with pytest.raises(Gone):
        watcher.tick(BEGINNING + 2 * PING_SECONDS + FAREWELL_SECONDS)


def test_a_long_message_ends_the_socket_and_short_ones_do_not(
    watcher: Watcher, client: Client
) -> None:
    for _ in range(3):
        client.says(Message(data="x" * MAX_MESSAGE_BYTES))
        watcher.receive(BEGINNING)
    assert client.hears() == []
    client.says(Message(data="x" * (MAX_MESSAGE_BYTES + 1)))
    watcher.receive(BEGINNING)
    (farewell,) = client.hears()
    assert isinstance(farewell, CloseConnection)
    assert farewell.code == CloseCode.TOO_BIG


def test_what_is_no_websocket_ends_the_socket(watcher: Watcher, client: Client) -> None:
    client.end.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(Gone):
        watcher.receive(BEGINNING)
    (farewell,) = client.hears()
    assert isinstance(farewell, CloseConnection)
    assert farewell.code == CloseReason.PROTOCOL_ERROR


def test_a_farewell_is_answered_and_then_it_is_gone(watcher: Watcher, client: Client) -> None:
    client.says(CloseConnection(1000))
    with pytest.raises(Gone):
        watcher.receive(BEGINNING)
    (answer,) = client.hears()
    assert isinstance(answer, CloseConnection)


def test_who_hangs_up_is_gone(watcher: Watcher, client: Client) -> None:
    client.end.close()
    with pytest.raises(Gone):
        watcher.receive(BEGINNING)


def test_our_farewell_waits_for_the_answer_but_not_for_ever(
    watcher: Watcher, client: Client
) -> None:
    watcher.close(CloseCode.DONE, "", BEGINNING)
    watcher.close(CloseCode.FAILED, "the first word counts", BEGINNING)
    (farewell,) = client.hears()
    assert isinstance(farewell, CloseConnection)
    assert farewell.code == CloseCode.DONE
    watcher.tick(BEGINNING + FAREWELL_SECONDS - 0.1)
    with pytest.raises(Gone):
        watcher.tick(BEGINNING + FAREWELL_SECONDS)
