"""The settings of a process, read once from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.errors import MissingSetting
from models.secret_strength import weakness


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a process.

    `database_url` connects as the application's role, `migration_database_url` as the owner of the
    tables. `secret_key` keys the hashes of session cookies; only the web process needs it. Of
    X-Forwarded-*, the last `trusted_proxies` entries are trusted. `metrics_token` lets other
    machines read /metrics.
    """

    database_url: str
    migration_database_url: str
    redis_url: str
    secret_key: str
    port: int
    data_dir: Path
    trusted_proxies: int = 0
    metrics_token: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Raises `MissingSetting`, naming the variable, when a required one is absent."""
        database_url = _required(environ, "DATABASE_URL", "postgresql://user:password@host/name")
        return cls(
            database_url=database_url,
            migration_database_url=environ.get("MIGRATION_DATABASE_URL") or database_url,
            redis_url=_required(environ, "REDIS_URL", "redis://host:6379/0"),
            secret_key=environ.get("SECRET_KEY", ""),
            port=_port(environ.get("PORT", "8000")),
            data_dir=Path(environ.get("BILLMILL_DATA_DIR", ".billmill")),
            trusted_proxies=_proxies(environ.get("TRUSTED_PROXIES") or "0"),
            metrics_token=environ.get("METRICS_TOKEN", ""),
        )

    def required_secret_key(self) -> str:
        """The key of the sessions' hashes; raises `MissingSetting` if it is absent or guessable."""
        _refuse_guessable("SECRET_KEY", self.secret_key)
        return self.secret_key

    def check_metrics_token(self) -> None:
        """Raises `MissingSetting` if the token is guessable; it may be absent."""
        if self.metrics_token:
            _refuse_guessable("METRICS_TOKEN", self.metrics_token)


@cache
def current_settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.from_environ()


def _required(environ: Mapping[str, str], name: str, example: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise MissingSetting(f"{name} is not set; it should look like {example}.")
    return value


def _refuse_guessable(name: str, secret: str) -> None:
    found = weakness(secret)
    if found is not None:
        raise MissingSetting(
            f"{name} {found}; set it to the output of "
            "`python -c 'import secrets; print(secrets.token_hex(32))'`."
        )


def _proxies(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 10:
        raise MissingSetting(f"TRUSTED_PROXIES is {text!r}; it must be a number from 0 to 10.")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise MissingSetting(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)
