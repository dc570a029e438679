"""How many connections there may be, and how slow they may be."""

from types import SimpleNamespace
from typing import Any

import pytest

from web.networks import network_of
from web.server.open_connections import Crowd
from web.server.transfer_rate import GRACE_SECONDS, LONGEST_SECONDS, QUIET_SECONDS, SLOWEST, Pace


class Client(SimpleNamespace):
    """What `Crowd` looks at of a connection."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def client(source: str, moved_at: float, *, is_waiting: bool = True) -> Any:
    return Client(source=source, moved_at=moved_at, is_waiting=is_waiting)


def test_one_too_many_of_an_address_costs_the_one_that_was_still_for_longest() -> None:
    crowd = Crowd(10, 2)
    oldest, newer, foreign = client("a", 1), client("a", 2), client("b", 0)
    for one in (newer, oldest, foreign):
        assert crowd.add(one) is None
    assert crowd.add(client("a", 3)) is oldest


def test_one_too_many_in_all_costs_the_one_that_was_still_for_longest_of_anybody() -> None:
    crowd = Crowd(3, None)
    oldest = client("a", 1)
    for one in (client("b", 2), oldest, client("b", 3)):
        assert crowd.add(one) is None
    assert crowd.has_room
    assert crowd.add(client("b", 4)) is oldest


def test_who_is_served_loses_nothing() -> None:
    crowd = Crowd(3, 2)
    served = [client("a", 1, is_waiting=False), client("a", 2, is_waiting=False)]
    for one in served:
        assert crowd.add(one) is None
    late = client("a", 3)
    assert crowd.add(late) is late
    crowd.remove(late)
    crowd.remove(served[0])
    assert crowd.add(client("a", 4)) is None
    crowd.add(client("b", 5, is_waiting=False))
    assert len(crowd) == 3


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
def test_an_address_is_that_of_one_customer(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_who_sends_a_byte_now_and_then_is_given_up() -> None:
    pace = Pace(0.0)
    for second in range(5, int(GRACE_SECONDS), 5):
        pace.move(1, float(second))
    assert pace.deadline == pytest.approx(GRACE_SECONDS, abs=0.01)


def test_who_stops_in_the_middle_is_given_up() -> None:
    pace = Pace(0.0)
    pace.move(1_000_000_000, 60.0)
    assert pace.deadline == 60.0 + QUIET_SECONDS


def test_who_is_steady_may_take_an_hour() -> None:
    pace = Pace(0.0)
    for second in range(1, int(LONGEST_SECONDS)):
        assert pace.deadline > second
        pace.move(SLOWEST, float(second))
    assert pace.deadline == LONGEST_SECONDS
