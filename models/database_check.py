"""What operators want to know about PostgreSQL: does it answer, as which role, and what failed."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from models.database import engine, new_engine
from models.sqlstates import busy_error

_CONNECT_SECONDS = 5


def server_version(database_url: str) -> str:
    """PostgreSQL's version, over a new connection.

    Raises `ConnectionError` with the first line of what the driver says.
    """
    attempt = new_engine(database_url, connect_seconds=_CONNECT_SECONDS)
    try:
        with attempt.connect() as connection:
            return str(connection.execute(text("SHOW server_version")).scalar_one())
    except SQLAlchemyError as error:
        # The other lines are hints for programmers.
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConnectionError(reason) from error
    finally:
        attempt.dispose()


def current_role() -> str:
    """The role of DATABASE_URL; raises `PrivilegedRole`."""
    with engine().connect() as connection:
        return str(connection.execute(text("SELECT current_user::text")).scalar_one())


def clock_difference() -> float:
    """How many seconds the clocks of this machine and of the database are apart."""
    with engine().connect() as connection:
        theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return abs((datetime.now(UTC) - theirs).total_seconds())


def failure_sentence(error: Exception) -> str | None:
    """What to tell an operator when the database failed; None for any other error."""
    if not isinstance(error, OperationalError):
        return None
    known = busy_error(error)
    return str(known) if known else f"The database does not answer: {str(error.orig).strip()}"
