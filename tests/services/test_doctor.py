"""`billmill doctor` finds what is wrong and says how to fix it."""

import json
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
import redis
from click.testing import CliRunner, Result

from actors.redis_connection import warn_of_eviction
from models import database as connections
from models.settings import Settings, current_settings
from tests.servers import Servers
from web.app import create_app
from web.cli import checks, doctor, main
from web.embedded.free_port import free_port
from web.embedded.postgres.server import APPLICATION


@pytest.fixture
def diagnose(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command with these environment variables changed."""
    assert settings.secret_key

    def run(*options: str, **changed: str) -> Result:
        for name, value in changed.items():
            monkeypatch.setenv(name, value)
        current_settings.cache_clear()
        connections.configure(current_settings().database_url)
        return CliRunner().invoke(main, ["doctor", *options])

    return run


Diagnose = Callable[..., Result]


def failed(result: Result) -> dict[str, str]:
    """Each failed check's remedy, from --json."""
    assert result.exit_code == 1
    return {f["check"]: f["remedy"] for f in json.loads(result.output) if not f["ok"]}


def test_a_sound_installation_passes_every_check(diagnose: Diagnose) -> None:
    result = diagnose()
    assert result.exit_code == 0, result.output
    checked = [line.split()[1].rstrip(":") for line in result.output.splitlines()]
    assert checked == [check.name for check in doctor.CHECKS]
    assert "FAIL" not in result.output


@pytest.mark.parametrize("secret", ["dev", "a" * 32, "changeme" * 8])
def test_a_secret_that_can_be_guessed_is_found(diagnose: Diagnose, secret: str) -> None:
    assert "SECRET_KEY" in failed(diagnose("--json", SECRET_KEY=secret))["secret"]


def test_a_database_that_is_away_is_found(diagnose: Diagnose) -> None:
    away = f"postgresql://billmill_app:x@127.0.0.1:{free_port()}/billmill"
    assert failed(diagnose("--json", DATABASE_URL=away)).keys() == {"database"}


def test_a_redis_that_is_away_is_found(diagnose: Diagnose) -> None:
    found = failed(diagnose("--json", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"))
    assert found.keys() == {"redis"}
    assert "REDIS_URL" in found["redis"]


@pytest.mark.parametrize(
    ("proxies", "peer", "header", "found"),
    [
        (0, "10.1.2.3", "X-Forwarded-For", True),
        (0, "127.0.0.1", "X-Forwarded-For", True),
        (0, "10.1.2.3", "X-Other", False),
        (0, "8.8.8.8", "X-Forwarded-For", False),  # any machine on the internet
        (1, "10.1.2.3", "X-Forwarded-For", False),
    ],
)
def test_a_proxy_that_is_not_configured_is_found(
    diagnose: Diagnose, settings: Settings, proxies: int, peer: str, header: str, found: bool
) -> None:
    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()
    client.get("/healthz", headers={header: "192.0.2.7"}, environ_base={"REMOTE_ADDR": peer})
    result = diagnose("--json", TRUSTED_PROXIES=str(proxies))
    assert ("TRUSTED_PROXIES" in failed(result)["proxies"]) if found else result.exit_code == 0
    assert (peer in result.output) == found


def test_a_redis_that_may_delete_messages_is_found(
    diagnose: Diagnose, redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert diagnose().exit_code == 0  # without a limit nothing is deleted
        redis_client.config_set("maxmemory", 1_000_000_000)
        assert "noeviction" in failed(diagnose("--json"))["eviction"]
        warn_of_eviction()
        assert "allkeys-lru" in caplog.text
        redis_client.config_set("maxmemory-policy", "noeviction")
        assert diagnose().exit_code == 0
    finally:
        redis_client.config_set("maxmemory", 0)
        redis_client.config_set("maxmemory-policy", "noeviction")


def test_a_role_that_row_level_security_does_not_bind_is_found(
    diagnose: Diagnose, settings: Settings
) -> None:
    found = failed(diagnose("--json", DATABASE_URL=settings.migration_database_url))
    assert "application's own role" in found["role"]


def test_a_missing_migration_is_found(diagnose: Diagnose, settings: Settings) -> None:
    with psycopg.connect(settings.migration_database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    assert failed(diagnose("--json")) == {"schema": "Run `billmill migrate`."}


def test_a_database_without_any_schema_is_found(diagnose: Diagnose, servers: Servers) -> None:
    empty = servers.postgres.url(APPLICATION, "postgres")
    assert "billmill migrate" in failed(diagnose("--json", DATABASE_URL=empty))["schema"]


def test_clocks_that_disagree_are_found(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks.database, "CLOCK_SECONDS", -1.0)
    assert "NTP" in failed(diagnose("--json"))["clock"]


def test_checks_that_depend_on_a_failed_check_are_not_reported(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLMILL_DATA_DIR", str(settings.data_dir))
    monkeypatch.delenv("DATABASE_URL")
    current_settings.cache_clear()
    found = failed(CliRunner().invoke(main, ["doctor", "--json"]))
    assert found.keys() == {"settings"}
    assert "DATABASE_URL" in found["settings"]
    assert "billmill up" in found["settings"]
