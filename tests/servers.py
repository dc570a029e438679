"""The PostgreSQL and Redis that the suite starts for itself, on free ports."""

import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

import models.database
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

TEMPLATE = "migrated"
PASSWORD = "only-for-tests"


@dataclass(frozen=True, slots=True)
class Database:
    """The database of one test, with its URLs as the owner of the tables and as the application."""

    name: str
    owner_url: str
    app_url: str


class Servers:
    """Both servers of one test process; PostgreSQL starts on first use."""

    def __init__(self) -> None:
        # Directly in the temp folder, which PostgreSQL's user can enter when we are root.
        self.directory = Path(tempfile.mkdtemp(prefix="billmill-tests-"))
        self.redis = EmbeddedRedis(self.directory / "redis", PASSWORD)
        self._postgres: EmbeddedPostgres | None = None
        self._administrator: psycopg.Connection | None = None
        self._cloned = 0

    def clone(self) -> Database:
        """A fresh copy of the migrated, empty database."""
        self._cloned += 1
        name = f"test_{self._cloned}"
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
            )
        )
        return Database(name, self.postgres.url(OWNER, name), self.postgres.url(APPLICATION, name))

    def drop(self, database: Database) -> None:
        """Remove the copy, even if clients are still connected to it."""
        self._execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name))
        )

    def stop(self) -> None:
        """Stop both servers and remove their files."""
        if self._administrator is not None:
            self._administrator.close()
        if self._postgres is not None:
            self._postgres.stop()
            # The data is outside our directory if PostgreSQL's user cannot enter that.
            shutil.rmtree(self._postgres.locations.data.parent, ignore_errors=True)
        self.redis.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The server, started, with the template migrated once."""
        if self._postgres is None:
            locations = choose_locations(self.directory, self.directory.name, print)
            passwords = Passwords(PASSWORD, PASSWORD, PASSWORD)
            started = EmbeddedPostgres(locations, passwords, fsync=False)
            started.start()
            self._postgres = started
            self._administrator = psycopg.connect(
                started.url(ADMINISTRATOR, "postgres"), autocommit=True
            )
            self._execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )
            upgrade(started.url(OWNER, TEMPLATE), APPLICATION)
        return self._postgres

    def _execute(self, statement: sql.Composed) -> None:
        assert self.postgres.pids
        assert self._administrator is not None
        self._administrator.execute(statement)


def leave_database() -> None:
    """Closes this process's connections once no thread uses one: separate threads publish the ends
    of jobs and record failed logins."""
    from actors import progress  # needs the addresses that pytest_sessionstart sets

    progress.bus.flush(30)
    for thread in threading.enumerate():
        if thread.name == "failed-logins":
            thread.join(30)
    models.database.dispose()
