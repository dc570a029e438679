"""The servers of a run, one PostgreSQL and one Redis, and their databases and processes."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from benchmarks.running import Running, starting
from models.accounts.api_tokens import token_hash
from models.migrations import upgrade
from web.embedded.postgres.locations import choose_locations
from web.embedded.postgres.server import (
    ADMINISTRATOR,
    APPLICATION,
    OWNER,
    EmbeddedPostgres,
    Passwords,
)
from web.embedded.redis import EmbeddedRedis

ALL = ("web", "worker", "sweeper", "scheduler")
TEMPLATE = "migrated"
PASSWORD = "only-for-benchmarks"

_NEW_ORGANIZATION = """
WITH organization AS (
    INSERT INTO organizations (slug, name, street, city, postal_code, country, vat_id)
    VALUES (%(slug)s, 'Hansen Handel GmbH', 'Lindenstraße 5', 'Köln', '50674', 'DE', 'DE123456789')
    RETURNING id
), clerk AS (
    INSERT INTO users (email, password_hash) VALUES (%(slug)s || '@bench.example', '-')
    RETURNING id
), membership AS (
    INSERT INTO memberships (organization_id, user_id)
    SELECT organization.id, clerk.id FROM organization, clerk
), token AS (
    INSERT INTO api_tokens (organization_id, user_id, name, token_hash)
    SELECT organization.id, clerk.id, 'bench', %(hash)s FROM organization, clerk
)
SELECT organization.id, clerk.id FROM organization, clerk
"""


@dataclass(frozen=True, slots=True)
class Organization:
    """A seller with one clerk, who uses the API with `token`."""

    id: int
    user_id: int
    slug: str
    token: str


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database: its URLs as owner of the tables, as application, as administrator."""

    name: str
    owner_url: str
    app_url: str
    admin_url: str

    def sql(self, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """The rows of a statement that runs as the tables' owner, who sees every organisation."""
        with psycopg.connect(self.owner_url) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def organization(self, slug: str) -> Organization:
        """A new organisation of that name, without orders."""
        token = f"billmill_bench-{slug}"
        parameters = {"slug": slug, "hash": token_hash(token)}
        ((organization_id, user_id),) = self.sql(_NEW_ORGANIZATION, parameters)
        return Organization(organization_id, user_id, slug, token)

    def administer(self, statement: str) -> None:
        """Runs one statement as PostgreSQL's administrator, outside a transaction."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement.encode())


class Site:
    """Both servers of a run: fsync, full_page_writes and synchronous_commit are on."""

    def __init__(self) -> None:
        # Directly in the temp folder: if we are root, PostgreSQL's user can enter that.
        self.directory = Path(tempfile.mkdtemp(prefix="billmill-bench-"))
        locations = choose_locations(self.directory, self.directory.name, print)
        self.postgres = EmbeddedPostgres(locations, Passwords(PASSWORD, PASSWORD, PASSWORD))
        self.redis = EmbeddedRedis(self.directory / "redis", PASSWORD)
        self._databases = 0

    def start(self) -> None:
        """Starts both, and migrates the template."""
        self.postgres.start()
        self.redis.start()
        self._administer("CREATE DATABASE {} OWNER {}", TEMPLATE, OWNER)
        upgrade(self.postgres.url(OWNER, TEMPLATE), APPLICATION)

    def stop(self) -> None:
        """Stops both and removes their files."""
        self.redis.stop()
        self.postgres.stop()
        # PostgreSQL's data is outside our directory if its user cannot enter that.
        shutil.rmtree(self.postgres.locations.data.parent, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """An empty, migrated database for one measurement; dropped at the end."""
        database = self.new_database()
        try:
            yield database
        finally:
            self._administer("DROP DATABASE {} WITH (FORCE)", database.name)

    def new_database(self) -> Database:
        """An empty, migrated database that is kept until the end of the run."""
        self._databases += 1
        name = f"bench_{self._databases}"
        self._administer("CREATE DATABASE {} TEMPLATE {} OWNER {}", name, TEMPLATE, OWNER)
        urls = [self.postgres.url(role, name) for role in (OWNER, APPLICATION, ADMINISTRATOR)]
        return Database(name, *urls)

    @contextmanager
    def processes(self, database: Database, *names: str, **commands: str) -> Iterator[Running]:
        """Runs the named lines of the Procfile on the database, with an empty Redis.

        `commands` are further ones: name="command line". Yields when all are ready.
        """
        with self.redis_client() as client:
            client.flushall()
        environment = {"DATABASE_URL": database.app_url, "REDIS_URL": self.redis.url}
        with starting(self.directory, environment, names, commands) as running:
            yield running

    def redis_client(self) -> redis.Redis:
        """A client that decodes answers to `str`."""
        return redis.Redis.from_url(self.redis.url, decode_responses=True, socket_timeout=30)

    def settle(self) -> None:
        """Runs a checkpoint, so that earlier writes do not slow the next measurement."""
        self._administer("CHECKPOINT")
        time.sleep(0.5)

    def _administer(self, statement: str, *names: str) -> None:
        url = self.postgres.url(ADMINISTRATOR, "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            composed = sql.SQL(statement).format(*map(sql.Identifier, names))  # type: ignore[arg-type]
            connection.execute(composed)
