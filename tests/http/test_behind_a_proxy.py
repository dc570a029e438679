"""The client's address and scheme when the application is behind a proxy."""

from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.database import org_transaction
from models.errors import MissingSetting
from models.settings import Settings
from models.tables.audit_log import AuditEntry
from tests.http.conftest import log_in
from tests.http.gunicorn_process import gunicorn
from tests.records import Account
from web.app import create_app

FORWARDED = {
    "Origin": "https://billing.example",
    "X-Forwarded-For": "198.51.100.1, 192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "billing.example",
}


def log_in_behind(settings: Settings, proxies: int, clerk: Account, **headers: str) -> TestResponse:
    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()
    return log_in(client, clerk.email, headers=FORWARDED | headers)


def source_of_the_session(clerk: Account) -> str | None:
    with org_transaction(clerk.organization_id) as session:
        opened = select(AuditEntry.source_address).where(AuditEntry.action == "session.opened")
        return session.scalars(opened).one()


def test_a_trusted_proxy_names_the_client_and_the_scheme(
    settings: Settings, clerk: Account
) -> None:
    answer = log_in_behind(settings, 1, clerk)

    assert answer.status_code == 302
    assert source_of_the_session(clerk) == "192.0.2.7"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_farther_of_two_trusted_proxies_names_the_client(
    settings: Settings, clerk: Account
) -> None:
    doubled = {"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "billing.example, inner"}
    answer = log_in_behind(settings, 2, clerk, **doubled)

    assert answer.status_code == 302
    assert source_of_the_session(clerk) == "198.51.100.1"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_without_a_trusted_proxy_forwarded_headers_are_ignored(
    settings: Settings, clerk: Account
) -> None:
    assert log_in_behind(settings, 0, clerk).status_code == 403
    answer = log_in_behind(settings, 0, clerk, Origin="http://localhost")

    assert answer.status_code == 302
    assert source_of_the_session(clerk) == "127.0.0.1"
    assert "Secure" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(("text", "proxies"), [(None, 0), ("", 0), ("2", 2)])
def test_the_number_of_proxies_is_read_from_the_environment(text: str | None, proxies: int) -> None:
    environ = {"DATABASE_URL": "postgresql://host/name", "REDIS_URL": "redis://host"}
    if text is not None:
        environ["TRUSTED_PROXIES"] = text
    assert Settings.from_environ(environ).trusted_proxies == proxies


@pytest.mark.parametrize("text", ["-1", "yes", "11", "1.5", "²"])
def test_an_invalid_number_of_proxies_prevents_the_start(text: str) -> None:
    environ = {
        "DATABASE_URL": "postgresql://host/name",
        "REDIS_URL": "redis://host",
        "TRUSTED_PROXIES": text,
    }
    with pytest.raises(MissingSetting, match="TRUSTED_PROXIES"):
        Settings.from_environ(environ)


@pytest.mark.slow(reason="starts gunicorn")
def test_gunicorn_trusts_no_forwarded_header_by_default(settings: Settings, tmp_path: Path) -> None:
    with gunicorn(settings, tmp_path / "log") as served:
        asked = Request(
            f"{served.url}/login",
            data=b"email=nobody&password=wrong",
            headers={"Origin": served.url, "X-Forwarded-Proto": "https"},
        )
        with pytest.raises(HTTPError) as refused:
            urlopen(asked, timeout=60)
        refused.value.close()

    # Over https, an Origin of http would have been refused as foreign.
    assert refused.value.code == 401
