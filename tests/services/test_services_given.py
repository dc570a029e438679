"""Services that the environment names are used, and only the missing ones are started."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.waiting import wait_for
from web.embedded.errors import ServiceError
from web.embedded.keys import load_keys
from web.embedded.processes import service_restart
from web.embedded.services import Addresses, Services

DATABASE = "postgresql://app@db.example/billmill"
OWNER = "postgresql://owner@db.example/billmill"
REDIS = "redis://redis.example:6379/0"


def test_nothing_is_started_if_both_are_given(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": DATABASE, "MIGRATION_DATABASE_URL": OWNER, "REDIS_URL": REDIS}
    services = Services(tmp_path, load_keys(tmp_path), environ)
    assert services.start(print) == Addresses(DATABASE, OWNER, REDIS)
    assert services.pids() == {"postgres": [], "redis": []}
    services.stop()


def test_the_owner_defaults_to_the_application(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": DATABASE, "REDIS_URL": REDIS}
    services = Services(tmp_path, load_keys(tmp_path), environ)
    assert services.start(print).migration_database_url == DATABASE


def test_only_redis_is_started_if_only_redis_is_missing(tmp_path: Path) -> None:
    services = Services(tmp_path, load_keys(tmp_path), {"DATABASE_URL": DATABASE})
    addresses = services.start(print)
    try:
        assert addresses.database_url == DATABASE
        assert "127.0.0.1" in addresses.redis_url
        assert services.pids()["postgres"] == []
        assert len(services.pids()["redis"]) == 1
    finally:
        services.stop()


def test_a_service_whose_port_stays_with_another_program_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clients know only the first address."""
    monkeypatch.setattr(service_restart, "PORT_WAIT_SECONDS", 0.2)
    services = Services(tmp_path, load_keys(tmp_path), {"DATABASE_URL": DATABASE})
    port = int(services.start(print).redis_url.rpartition(":")[2].partition("/")[0])
    try:
        os.kill(services.pids()["redis"][0], signal.SIGKILL)
        wait_for(lambda: not services.pids()["redis"])
        with socket.create_server(("127.0.0.1", port)), pytest.raises(ServiceError, match="taken"):
            wait_for(services.restart_ended)
    finally:
        services.stop()
