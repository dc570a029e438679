"""PostgreSQL: does it answer, as the right role, with the schema of this code?"""

from models import database
from models.database_check import clock_difference, current_role, server_version
from models.migrations import pending_revisions
from models.settings import current_settings
from web.cli.checks.check import Check, Fault

CLOCK_SECONDS = 5.0  # issue dates come from one clock, sweeps from another


def _database() -> str:
    try:
        return f"PostgreSQL {server_version(current_settings().database_url)}"
    except ConnectionError as error:
        remedy = "Start PostgreSQL, or correct DATABASE_URL: host, port, role, password, name."
        raise Fault(str(error), remedy) from error


def _role() -> str:
    return f"{current_role()} is neither superuser nor owner nor BYPASSRLS"


def _schema() -> str:
    if pending_revisions(database.engine()):
        raise Fault("the schema is behind this code", "Run `billmill migrate`.")
    return "the schema is up to date"


def _clock() -> str:
    apart = clock_difference()
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
