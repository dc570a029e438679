"""Fixtures of the chaos tests."""

from collections.abc import Iterator
from contextlib import closing

import pytest

import models.database
from tests.chaos.clerk import Clerk
from tests.chaos.machine import Machine
from tests.services.conftest import temporary_data_dir


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine of the test file's own, switched on."""
    with temporary_data_dir() as data_dir, closing(Machine(data_dir)) as started:
        yield started


@pytest.fixture(scope="module")
def clerk(machine: Machine) -> Iterator[Clerk]:
    """Somebody who works on the machine."""
    models.database.configure(machine.app_url, machine.owner_url)
    try:
        yield Clerk.hired(machine)
    finally:
        models.database.dispose()
