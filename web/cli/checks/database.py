"""PostgreSQL: does it answer, as the right role, with the schema of this code?"""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models import database
from models.migrations import pending_revisions
from models.settings import current_settings
from web.cli.checks.check import Check, Fault, first_line

CLOCK_SECONDS = 5.0  # issue dates come from one clock, sweeps from another


def _database() -> str:
    url = current_settings().database_url
    attempt = database.new_engine(url, connect_seconds=5)
    try:
        with attempt.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
    except SQLAlchemyError as error:
        remedy = "Start PostgreSQL, or correct DATABASE_URL: host, port, role, password, name."
        raise Fault(first_line(error), remedy) from error
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


CHECKS = [
    Check("database", _database, needs="settings"),
    Check("role", _role, needs="database"),
    Check("schema", _schema, needs="role"),
    Check("clock", _clock, needs="role"),
]
