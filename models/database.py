"""Connections to PostgreSQL, their limits, and the transactions that run on them.

`org_transaction` is the one way to work on an organisation's data. Row-level security compares
the transaction's `billmill.organization_id` with each row, so a query that forgets its WHERE
still sees only one organisation.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Engine, TextClause, create_engine, event, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.orm import DeclarativeBase, Session

from models.errors import PrivilegedRole
from models.settings import current_settings
from models.sqlstates import needs_new_connection

STATEMENT_TIMEOUT_SECONDS = 30
# A user gets an answer within five seconds; no transaction here holds a row for nearly as long.
LOCK_TIMEOUT_SECONDS = 4
CONNECT_SECONDS = 10  # a lost machine does not answer a connection attempt
# A lost machine does not close its connections. Its peer notices after ten seconds: by keepalive
# probes while the connection is idle, by `tcp_user_timeout` while sent data is unacknowledged.
LOST_SECONDS = 10
_PROBE_AFTER, _PROBE_EVERY, _PROBES = 4, 2, 3
# A session whose client is lost may hold locks that others need. No transaction here waits for
# anything but the database.
IDLE_IN_TRANSACTION_SECONDS = 10
_AT_CLIENT: Mapping[str, int] = MappingProxyType(
    {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": _PROBE_AFTER,
        "keepalives_interval": _PROBE_EVERY,
        "keepalives_count": _PROBES,
        "tcp_user_timeout": LOST_SECONDS * 1000,
    }
)
_AT_SERVER: Mapping[str, str] = MappingProxyType(
    {
        "TimeZone": "UTC",
        "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
        "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
        "tcp_keepalives_idle": f"{_PROBE_AFTER}s",
        "tcp_keepalives_interval": f"{_PROBE_EVERY}s",
        "tcp_keepalives_count": f"{_PROBES}",
        "tcp_user_timeout": f"{LOST_SECONDS}s",
        # While a statement runs or waits for a lock, the server checks that its client is there.
        "client_connection_check_interval": "2s",
    }
)
NO_IDLE_LIMIT: Mapping[str, str] = MappingProxyType({"idle_in_transaction_session_timeout": "0"})
"""For the `settings` of a transaction that may idle."""
_SET = (
    "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s (name, value)"
)
# Few of a process's threads commit at once; the others wait for their group.
POOL_SIZE = 10
POOL_OVERFLOW = 10

_PRIVILEGED = text(
    """
    SELECT current_user::text AS role, rolsuper OR rolbypassrls
           OR EXISTS (SELECT 1 FROM pg_class
                      WHERE relname = 'batch_job_queue' AND relkind = 'r'
                        AND pg_has_role(current_user, relowner, 'member')) AS privileged
    FROM pg_roles WHERE rolname = current_user
    """
)


Timestamp = TIMESTAMP(timezone=True)
"""The type of each timestamp column."""


class Base(DeclarativeBase):
    """Parent of all mapped tables."""


class _Engines:
    """The engines of this process, created at first use."""

    def __init__(self) -> None:
        self.application_url: str | None = None
        self.owner_url: str | None = None
        self.lock = threading.Lock()
        self.application: Engine | None = None
        self.owner: Engine | None = None
        self.checked: Engine | None = None


_engines = _Engines()


def configure(database_url: str, migration_database_url: str | None = None) -> None:
    """Replaces the databases that the environment names; keeps the connections to the same ones."""
    if (database_url, migration_database_url) == (_engines.application_url, _engines.owner_url):
        return
    dispose()
    _engines.application_url = database_url
    _engines.owner_url = migration_database_url


def dispose() -> None:
    """Closes all pooled connections, for example before a fork."""
    for pooled in (_engines.application, _engines.owner):
        if pooled is not None:
            pooled.dispose()
    _engines.application = _engines.owner = _engines.checked = None


def engine() -> Engine:
    """The application's engine; raises `PrivilegedRole` if row-level security would not bind it.

    No thread holds the lock while it connects, which may take `CONNECT_SECONDS`.
    """
    with _engines.lock:
        if _engines.application is None:
            url = _engines.application_url or current_settings().database_url
            _engines.application = new_engine(url)
        made = _engines.application
    if _engines.checked is not made:
        _refuse_privileged_role(made)
        _engines.checked = made
    return made


def owner_engine() -> Engine:
    """The engine of the tables' owner, for migrations and for creating accounts."""
    with _engines.lock:
        if _engines.owner is None:
            url = _engines.owner_url or current_settings().migration_database_url
            # A command may wait for a person's answer within its transaction.
            _engines.owner = new_engine(url, idle_seconds=0)
        return _engines.owner


def new_engine(
    url: str,
    *,
    connect_seconds: int = CONNECT_SECONDS,
    idle_seconds: int = IDLE_IN_TRANSACTION_SECONDS,
    **options: Any,
) -> Engine:
    """An engine for `url` through psycopg 3; the scheme may be `postgres` or `postgresql`.

    The server ends a transaction that idles for `idle_seconds`; 0 means no limit.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    defaults: dict[str, Any] = {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_pre_ping": True,
        "connect_args": {**_AT_CLIENT, "connect_timeout": connect_seconds},
    }
    made = create_engine(parsed, **defaults | options)
    idle = {"idle_in_transaction_session_timeout": f"{idle_seconds}s"}
    event.listen(made, "handle_error", _replace_connection)
    event.listen(made, "connect", partial(_set_up, {**_AT_SERVER, **idle}))
    return made


@contextmanager
def org_transaction(
    organization_id: int,
    *,
    one_moment: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Session]:
    """A transaction that sees and writes one organisation's rows; commits at its end.

    With `one_moment` all its statements see the data of the same moment (REPEATABLE READ).
    `settings` are PostgreSQL settings, which hold until its end.
    """
    bound = (
        engine().execution_options(isolation_level="REPEATABLE READ") if one_moment else engine()
    )
    with Session(bound, expire_on_commit=False) as session, session.begin():
        set_locally(session, {**settings, "billmill.organization_id": str(organization_id)})
        yield session


@contextmanager
def crossing_transaction(
    purpose: Literal["login", "sweep"], *, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Session]:
    """A read-only transaction that crosses organisations for a named purpose.

    `login` reads accounts (users, memberships, sessions, tokens, organisations), `sweep` reads
    jobs, imports and organisations. The policies of the tables admit nothing else. `settings` are
    as for `org_transaction`.
    """
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        session.execute(text("SET TRANSACTION READ ONLY"))
        set_locally(session, {**settings, "billmill.crossing": purpose})
        yield session


@contextmanager
def owner_transaction() -> Iterator[Session]:
    """A transaction as the tables' owner, who creates organisations and accounts."""
    with Session(owner_engine(), expire_on_commit=False) as session, session.begin():
        yield session


def set_locally(session: Session, settings: Mapping[str, str]) -> None:
    """Changes PostgreSQL settings until the end of the transaction, in one statement."""
    names = tuple(settings)
    values = {f"value_{place}": settings[name] for place, name in enumerate(names)}
    session.execute(_setting(names), values)


@cache
def _setting(names: Sequence[str]) -> TextClause:
    each = (f"set_config('{name}', :value_{place}, true)" for place, name in enumerate(names))
    return text(f"SELECT {', '.join(each)}")


def _set_up(settings: Mapping[str, str], dbapi_connection: Any, _record: Any) -> None:
    with dbapi_connection.cursor() as cursor:
        cursor.execute(_SET, [list(settings), list(settings.values())])
    dbapi_connection.commit()


def _replace_connection(context: ExceptionContext) -> None:
    """Makes the pool drop its connections after an error that only a new connection avoids."""
    if needs_new_connection(context.original_exception):
        context.is_disconnect = True


def _refuse_privileged_role(made: Engine) -> None:
    with made.connect() as connection:
        role = connection.execute(_PRIVILEGED).one()
    if role.privileged:
        made.dispose()
        raise PrivilegedRole(
            f"DATABASE_URL connects as {role.role!r}, which row-level security does not bind; "
            "connect as the application's own role and give the owner in MIGRATION_DATABASE_URL."
        )
