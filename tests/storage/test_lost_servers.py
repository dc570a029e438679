"""Requests wait for a silent server at the same time, not one after the other."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from models import database
from models.database import org_transaction, owner_transaction
from tests.jobs.fault_kinds import raised_as
from tests.servers import Database

SECONDS = 2  # the driver's minimum


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that accepts connections but never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/nowhere"


def test_concurrent_connection_attempts_wait_in_parallel(
    silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = partial(database.new_engine, connect_seconds=SECONDS)
    monkeypatch.setattr(database, "new_engine", patient)
    database.configure(silent_server)
    waited: list[float] = []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(OperationalError), org_transaction(1):
            pass
        waited.append(time.monotonic() - began)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        database.dispose()
    assert len(waited) == 8
    assert max(waited) < 3 * SECONDS


def test_sessions_of_lost_clients_end(database: Database) -> None:
    shown = text("SELECT current_setting(:name)")
    names = ("idle_in_transaction_session_timeout", "client_connection_check_interval")
    names += ("tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval")
    with org_transaction(1) as session:
        found = [session.scalar(shown, {"name": name}) for name in names]
    assert found == ["10s", "2s", "10000", "4", "2"]
    with owner_transaction() as session:  # a command may wait for a person to type a password
        assert session.scalar(shown, {"name": names[0]}) == "0"


@pytest.mark.parametrize("code", ["25006", "0A000"])
def test_a_connection_is_replaced_after_a_read_only_error_or_an_outdated_plan(
    database: Database, code: str
) -> None:
    pid = text("SELECT pg_backend_pid()")
    for _ in range(2):
        with org_transaction(1) as session:
            before = session.scalar(pid)
    with suppress(DBAPIError), org_transaction(1) as session:
        raised_as(code)(session)
    with org_transaction(1) as session:
        assert session.scalar(pid) != before
