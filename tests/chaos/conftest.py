"""Fixtures of the chaos tests."""

from collections.abc import Iterator
from contextlib import closing

import pytest

import models.database
from tests.chaos.clerk import Clerk
from tests.chaos.extent import IN_MAKE_CHAOS
from tests.chaos.machine import Machine
from tests.services.conftest import temporary_data_dir


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_in_make_chaos: too long for `make test`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the tests that only `make chaos` runs; a skip would fail in CI."""
    if IN_MAKE_CHAOS:
        return
    too_long = [item for item in items if item.get_closest_marker("only_in_make_chaos")]
    config.hook.pytest_deselected(items=too_long)
    items[:] = [item for item in items if item not in too_long]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A running machine, one per test file."""
    with temporary_data_dir() as data_dir, closing(Machine(data_dir)) as started:
        yield started


@pytest.fixture(scope="module")
def clerk(machine: Machine) -> Iterator[Clerk]:
    """A clerk who works on the machine."""
    models.database.configure(machine.app_url, machine.owner_url)
    try:
        yield Clerk.hired(machine)
    finally:
        models.database.dispose()
