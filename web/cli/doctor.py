"""`billmill doctor`: what is wrong with this installation, and how to mend it."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import click
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from actors.redis_connection import new_client
from models import database
from models.errors import BillmillError, MissingSetting
from models.migrations import pending_revisions
from models.settings import current_settings
from web.cli.failures import sentence

CLOCK_SECONDS = 5.0  # issue dates come from one clock, sweeps from another


class Fault(Exception):
    """A check that failed: what is wrong, and how to mend it."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty when all is well."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


@click.command(
    epilog="""\b
Example:
  billmill doctor && echo all is well"""
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check settings, database, schema, Redis and clock; exit code 1 if anything is wrong."""
    findings = list(examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.detail}")
            if finding.remedy:
                click.echo(f"      {finding.remedy}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """The findings, in order; what needs something that failed is not looked at."""
    checks: list[tuple[str, Callable[[], str], str | None]] = [
        ("settings", _settings, None),
        ("secret", _secret, "settings"),
        ("database", _database, "settings"),
        ("role", _role, "database"),
        ("schema", _schema, "role"),
        ("clock", _clock, "role"),
        ("redis", _redis, "settings"),
    ]
    sound: set[str | None] = {None}
    for name, check, needed in checks:
        if needed not in sound:
            continue
        try:
            yield Finding(name, True, check())
            sound.add(name)
        except Fault as fault:
            yield Finding(name, False, str(fault), fault.remedy)
        except BillmillError as error:
            yield Finding(name, False, "not as it must be", str(error))


def _settings() -> str:
    try:
        current_settings()
    except MissingSetting as error:
        raise Fault("not complete", sentence(error) or str(error)) from error
    return "DATABASE_URL and REDIS_URL are set"


def _secret() -> str:
    current_settings().required_secret_key()
    return "SECRET_KEY is set and long enough"


def _database() -> str:
    url = current_settings().database_url
    attempt = database.new_engine(url, connect_args={"connect_timeout": 5})
    try:
        with attempt.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
    except SQLAlchemyError as error:
        remedy = "Start PostgreSQL, or correct DATABASE_URL: host, port, role, password, name."
        raise Fault(_first_line(error), remedy) from error
    finally:
        attempt.dispose()
    return f"PostgreSQL {version}"


def _role() -> str:
    with database.engine().connect() as connection:  # raises PrivilegedRole, a BillmillError
        role = connection.execute(text("SELECT current_user::text")).scalar_one()
    return f"{role} is neither superuser nor owner nor BYPASSRLS"


def _schema() -> str:
    if pending_revisions(database.engine()):
        raise Fault("the schema is behind this code", "Run `billmill migrate`.")
    return "the schema is up to date"


def _clock() -> str:
    with database.engine().connect() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart > CLOCK_SECONDS:
        remedy = "Set both clocks by NTP: invoices are dated by them."
        raise Fault(f"this machine's and the database's are {apart:.0f} s apart", remedy)
    return "this machine's and the database's agree"


def _redis() -> str:
    try:
        with new_client(current_settings().redis_url) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        remedy = "Start Redis, or correct REDIS_URL: host, port, password."
        raise Fault(_first_line(error), remedy) from error
    return "it answers"


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
