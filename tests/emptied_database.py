"""One database for many tests: emptied after each test, which costs a tenth of a copy.

The connections stay open, and with them the statements that SQLAlchemy has compiled. After a test
that changed the schema, ran ANALYZE, wrote much or left a transaction open, the next one gets a new
copy.
"""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

import models.database
from models.settings import current_settings
from tests.servers import Database, Servers, leave_database
from web.embedded.postgres.server import ADMINISTRATOR

MOST_PAGES = 64  # of the largest table; deleted rows stay in them
LOCK_TIMEOUT = "2s"

_TABLES = """
    SELECT relname::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = 'public' AND relkind = 'r' ORDER BY 1
"""
_RESTART = """
    SELECT setval(seqrelid::regclass, seqstart, false)
    FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_PAGES = """
    SELECT max(pg_relation_size(oid)) / current_setting('block_size')::int
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid() AND state <> 'idle'
"""
# What a test may change: tables, rights, statistics, columns, triggers, constraints, policies,
# functions.
_SCHEMA = """
    SELECT md5(string_agg(thing, ' ' ORDER BY thing)) FROM (
        SELECT concat_ws(' ', relname, relkind, relacl, relrowsecurity, relforcerowsecurity,
                         reltuples)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attacl)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
        UNION ALL
        SELECT concat_ws(' ', conrelid::regclass, conname) FROM pg_constraint
        UNION ALL
        SELECT concat_ws(' ', polrelid::regclass, polname, polqual, polwithcheck) FROM pg_policy
        UNION ALL
        SELECT concat_ws(' ', oid::regprocedure, prosrc, proacl) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    ) AS things (thing)
"""


class EmptiedDatabase:
    """The database of one test process; `database` is an empty one."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._connection: psycopg.Connection | None = None
        self._take_copy()

    def empty(self) -> None:
        """Removes what a test has stored, and counts the ids from 1 again; or takes a new copy."""
        assert self._connection is not None
        try:
            kept = self._is_usable()
            if kept:
                self._connection.execute(self._emptying)
        except psycopg.errors.LockNotAvailable:
            kept = False
        if not kept:
            self.renew()

    def renew(self) -> None:
        """Takes a new copy: one without statistics and deleted rows."""
        self.leave()
        self._take_copy()

    def leave(self) -> None:
        """Drops the database."""
        assert self._connection is not None
        self._connection.close()
        leave_database()
        self._servers.drop(self.database)

    def _is_usable(self) -> bool:
        assert self._connection is not None
        found = self._connection.execute(f"SELECT ({_BUSY}), ({_PAGES}), ({_SCHEMA})").fetchone()
        assert found is not None
        busy, pages, schema = found
        return busy == 0 and pages <= MOST_PAGES and schema == self._schema

    def _take_copy(self) -> None:
        self.database = self._servers.clone()
        url = self._servers.postgres.url(ADMINISTRATOR, self.database.name)
        self._connection = psycopg.connect(url, autocommit=True)
        # No trigger or foreign key prevents the deletion.
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        tables = [sql.Identifier(name) for (name,) in self._connection.execute(_TABLES)]
        for table in tables:
            # Plans depend on the statistics, and those of an emptied table are wrong.
            self._connection.execute(
                sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)").format(table)
            )
        (self._schema,) = self._connection.execute(_SCHEMA).fetchone() or (None,)
        empty = sql.SQL("SELECT NOT EXISTS (SELECT FROM {})")
        # The others are filled by migrations.
        emptied = [
            table
            for table in tables
            if self._connection.execute(empty.format(table)).fetchone() == (True,)
        ]
        deletions = [sql.SQL("DELETE FROM {}").format(table) for table in emptied]
        self._emptying = sql.SQL("; ").join([*deletions, sql.SQL(_RESTART)])


@pytest.fixture(scope="session")
def emptied_database(servers: Servers) -> Iterator[EmptiedDatabase]:
    """The database that the tests of this process use one after the other."""
    made = EmptiedDatabase(servers)
    yield made
    made.leave()


@pytest.fixture
def database(
    emptied_database: EmptiedDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A migrated, empty database for one test, as the suite's fixture of this name."""
    given = emptied_database.database
    monkeypatch.setenv("DATABASE_URL", given.app_url)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", given.owner_url)
    current_settings.cache_clear()
    models.database.configure(given.app_url, given.owner_url)
    yield given
    _wait_for_threads()
    current_settings.cache_clear()
    emptied_database.empty()


def _wait_for_threads() -> None:
    """Waits for the threads that publish ends of jobs and record failed logins."""
    from actors import progress  # needs the addresses that pytest_sessionstart sets

    progress.bus.flush(30)
    for thread in threading.enumerate():
        if thread.name == "failed-logins":
            thread.join(30)
