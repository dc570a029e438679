"""A WebSocket connection: what it sends, what it answers, and when it is dropped."""

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

from web.live.sockets.frames import text_frame
from web.live.sockets.websocket import (
    CLOSE_TIMEOUT_SECONDS,
    HEARTBEAT_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_UNSENT_BYTES,
    SEND_TIMEOUT_SECONDS,
    CloseCode,
    Connection,
    Disconnected,
)

BEGINNING = 1000.0


class Client:
    """The browser's end of the connection, with its own protocol state."""

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
def both() -> Iterator[tuple[Connection, Client]]:
    """A connection after its handshake, and the client at the other end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    server, client = WSConnection(ConnectionType.SERVER), WSConnection(ConnectionType.CLIENT)
    server.receive_data(client.send(Request(host="h", target="/")))
    list(server.events())
    client.receive_data(server.send(AcceptConnection()))
    list(client.events())
    connection = Connection(ours, server, BEGINNING)
    yield connection, Client(theirs, client)
    connection.drop()
    theirs.close()


@pytest.fixture
def connection(both: tuple[Connection, Client]) -> Connection:
    return both[0]


@pytest.fixture
def client(both: tuple[Connection, Client]) -> Client:
    return both[1]


def test_frames_arrive_as_messages(connection: Connection, client: Client) -> None:
    connection.send(text_frame(b"one") + text_frame(b"two"), BEGINNING)
    heard = client.hears()
    assert [event.data for event in heard if isinstance(event, TextMessage)] == ["one", "two"]
    assert not connection.is_behind


def test_unsent_data_is_sent_when_the_buffer_has_room_again(
    connection: Connection, client: Client
) -> None:
    text = "x" * 900_000
    connection.send(text_frame(text.encode()), BEGINNING)
    assert connection.is_behind
    received = ""
    while connection.is_behind:
        received += "".join(event.data for event in client.hears())  # type: ignore[attr-defined]
        connection.send_rest()
    received += "".join(event.data for event in client.hears())  # type: ignore[attr-defined]
    assert received == text
    connection.check_timeouts(BEGINNING + SEND_TIMEOUT_SECONDS)  # the client has caught up


def test_a_client_that_does_not_read_is_dropped_after_the_timeout(connection: Connection) -> None:
    connection.send(text_frame(b"x" * 900_000), BEGINNING)
    connection.check_timeouts(BEGINNING + SEND_TIMEOUT_SECONDS - 0.1)
    with pytest.raises(Disconnected):
        connection.check_timeouts(BEGINNING + SEND_TIMEOUT_SECONDS)


def test_unsent_pongs_are_bounded(connection: Connection, client: Client) -> None:
    connection.send(text_frame(b"x" * 900_000), BEGINNING)
    with pytest.raises(Disconnected):
        ping_often(connection, client, MAX_UNSENT_BYTES // 100)


def ping_often(connection: Connection, client: Client, times: int) -> None:
    for _ in range(times):
        client.says(Ping(payload=b"x" * 100))
        connection.receive(BEGINNING)


def test_a_ping_is_answered(connection: Connection, client: Client) -> None:
    client.says(Ping(payload=b"there?"))
    connection.receive(BEGINNING)
    (answer,) = client.hears()
    assert isinstance(answer, Pong)
    assert answer.payload == b"there?"


def test_a_client_that_answers_our_pings_stays_connected(
    connection: Connection, client: Client
) -> None:
    for turn in (1, 2, 3):
        connection.check_timeouts(BEGINNING + turn * HEARTBEAT_SECONDS)
        (ping,) = client.hears()
        assert isinstance(ping, Ping)
        client.says(ping.response())
        connection.receive(BEGINNING + turn * HEARTBEAT_SECONDS)


def test_a_client_that_answers_no_ping_is_disconnected(
    connection: Connection, client: Client
) -> None:
    for turn in (1, 2):
        connection.check_timeouts(BEGINNING + turn * HEARTBEAT_SECONDS)
    *_, close_frame = client.hears()
    assert isinstance(close_frame, CloseConnection)
    with pytest.raises(Disconnected):
        connection.check_timeouts(BEGINNING + 2 * HEARTBEAT_SECONDS + CLOSE_TIMEOUT_SECONDS)


def test_a_long_message_ends_the_socket_and_short_ones_do_not(
    connection: Connection, client: Client
) -> None:
    for _ in range(3):
        client.says(Message(data="x" * MAX_MESSAGE_BYTES))
        connection.receive(BEGINNING)
    assert client.hears() == []
    client.says(Message(data="x" * (MAX_MESSAGE_BYTES + 1)))
    connection.receive(BEGINNING)
    (close_frame,) = client.hears()
    assert isinstance(close_frame, CloseConnection)
    assert close_frame.code == CloseCode.TOO_BIG


def test_a_protocol_error_ends_the_socket(connection: Connection, client: Client) -> None:
    client.end.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(Disconnected):
        connection.receive(BEGINNING)
    (close_frame,) = client.hears()
    assert isinstance(close_frame, CloseConnection)
    assert close_frame.code == CloseReason.PROTOCOL_ERROR


def test_a_close_frame_is_answered_and_ends_the_connection(
    connection: Connection, client: Client
) -> None:
    client.says(CloseConnection(1000))
    with pytest.raises(Disconnected):
        connection.receive(BEGINNING)
    (answer,) = client.hears()
    assert isinstance(answer, CloseConnection)


def test_a_client_that_hangs_up_is_disconnected(connection: Connection, client: Client) -> None:
    client.end.close()
    with pytest.raises(Disconnected):
        connection.receive(BEGINNING)


def test_the_wait_for_the_answer_to_our_close_frame_is_bounded(
    connection: Connection, client: Client
) -> None:
    connection.close(CloseCode.DONE, "", BEGINNING)
    connection.close(CloseCode.FAILED, "the first word counts", BEGINNING)
    (close_frame,) = client.hears()
    assert isinstance(close_frame, CloseConnection)
    assert close_frame.code == CloseCode.DONE
    connection.check_timeouts(BEGINNING + CLOSE_TIMEOUT_SECONDS - 0.1)
    with pytest.raises(Disconnected):
        connection.check_timeouts(BEGINNING + CLOSE_TIMEOUT_SECONDS)
