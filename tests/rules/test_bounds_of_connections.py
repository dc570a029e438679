"""The limits on the number of connections and on their slowness."""

from types import SimpleNamespace
from typing import Any

import pytest

from web.networks import network_of
from web.server.open_connections import MAX_UNSENT_BYTES, OpenConnections
from web.server.transfer_rate import (
    GRACE_SECONDS,
    IDLE_SECONDS,
    MAX_SECONDS,
    MIN_BYTES_PER_SECOND,
    TransferRate,
)


class Client(SimpleNamespace):
    """The part of a connection that `OpenConnections` reads."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def client(source: str, active_at: float, *, is_waiting: bool = True) -> Any:
    return Client(source=source, active_at=active_at, is_waiting=is_waiting, unsent_bytes=0)


def test_one_connection_too_many_of_an_address_closes_its_longest_idle_one() -> None:
    connections = OpenConnections(10, 2)
    oldest, newer, foreign = client("a", 1), client("a", 2), client("b", 0)
    for one in (newer, oldest, foreign):
        assert connections.add(one) is None
    assert connections.add(client("a", 3)) is oldest


def test_one_connection_too_many_in_all_closes_the_longest_idle_one() -> None:
    connections = OpenConnections(3, None)
    oldest = client("a", 1)
    for one in (client("b", 2), oldest, client("b", 3)):
        assert connections.add(one) is None
    assert connections.has_room
    assert connections.add(client("b", 4)) is oldest


def test_a_connection_that_is_served_is_not_closed() -> None:
    connections = OpenConnections(3, 2)
    served = [client("a", 1, is_waiting=False), client("a", 2, is_waiting=False)]
    for one in served:
        assert connections.add(one) is None
    late = client("a", 3)
    assert connections.add(late) is late
    connections.remove(late)
    connections.remove(served[0])
    assert connections.add(client("a", 4)) is None
    connections.add(client("b", 5, is_waiting=False))
    assert len(connections) == 3


def test_unsent_bytes_are_counted_over_all_connections() -> None:
    connections = OpenConnections(10, None)
    slow, other = client("a", 1), client("b", 2)
    connections.add(slow)
    connections.add(other)
    slow.unsent_bytes, other.unsent_bytes = MAX_UNSENT_BYTES, 1
    connections.count_unsent(slow)
    connections.count_unsent(slow)
    assert not connections.has_too_much_unsent
    connections.count_unsent(other)
    assert connections.has_too_much_unsent
    slow.unsent_bytes -= 1
    connections.count_unsent(slow)
    assert not connections.has_too_much_unsent
    slow.unsent_bytes += 1
    connections.count_unsent(slow)
    connections.remove(slow)
    assert not connections.has_too_much_unsent
    other.unsent_bytes = MAX_UNSENT_BYTES
    connections.count_unsent(other)
    assert not connections.has_too_much_unsent


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_only_addresses_in_the_same_network_count_as_one(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_a_client_that_sends_only_a_byte_now_and_then_is_disconnected() -> None:
    rate = TransferRate(0.0)
    for second in range(5, int(GRACE_SECONDS), 5):
        rate.add(1, float(second))
    assert rate.deadline == pytest.approx(GRACE_SECONDS, abs=0.01)


def test_a_client_that_stops_in_the_middle_is_disconnected() -> None:
    rate = TransferRate(0.0)
    rate.add(1_000_000_000, 60.0)
    assert rate.deadline == 60.0 + IDLE_SECONDS


def test_a_steady_client_may_take_an_hour() -> None:
    rate = TransferRate(0.0)
    for second in range(1, int(MAX_SECONDS)):
        assert rate.deadline > second
        rate.add(MIN_BYTES_PER_SECOND, float(second))
    assert rate.deadline == MAX_SECONDS
