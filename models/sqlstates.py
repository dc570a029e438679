"""What each of PostgreSQL's error codes means here: for an order, a connection and a user.

The table names every class of the manual's appendix "PostgreSQL Error Codes"; a code of five
characters takes precedence over its class. Only an error that an order's own data can cause ends
the order. An error of a class that is not listed, such as an extension's, counts against no order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from models.errors import BillmillError, InUse, SeriesInUse, TookTooLong

_STALE_PLAN: Final = "0A000"  # "cached plan must not change result type"
_READ_ONLY: Final = "25006"
_LOCK_NOT_AVAILABLE: Final = "55P03"
_QUERY_CANCELED: Final = "57014"
_COLLISIONS: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock


class Cause(StrEnum):
    """Whose fault an error is."""

    ORDER = "order"
    """The order's data, or what the program does with it: the order fails when tried alone."""

    COLLISION = "collision"
    """Another transaction: a group's orders are tried one by one, a single order again later."""

    ENVIRONMENT = "environment"
    """Every order would meet it: all are tried again later, and no attempt is counted."""

    PROGRAM = "program"
    """Like `ENVIRONMENT`, but a person must fix it: the log has the trace."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose fault an error is. `reason` says why, and completes "Waiting: ..."."""

    cause: Cause
    reason: str


_DATA: Final = "a value or a constraint of the rows written for this order"
_STATEMENT: Final = "a statement or trigger that fails for the data of this order"
_SCHEMA: Final = "the database's schema or functions do not fit this version of Billmill"
_INTERNAL: Final = "PostgreSQL reports an internal error or damaged data"
_ROLE: Final = "PostgreSQL refuses the application's role"

BY_CODE: Final[Mapping[str, Verdict]] = MappingProxyType(
    {
        # success and warnings: PostgreSQL raises none of them as an error
        "00": Verdict(Cause.PROGRAM, _INTERNAL),
        "01": Verdict(Cause.PROGRAM, _INTERNAL),
        "02": Verdict(Cause.ORDER, _STATEMENT),
        "03": Verdict(Cause.PROGRAM, _INTERNAL),
        # the connection
        "08": Verdict(Cause.ENVIRONMENT, "the connection to the database was lost"),
        # statements and triggers
        "09": Verdict(Cause.ORDER, _STATEMENT),
        "0A": Verdict(Cause.PROGRAM, _SCHEMA),
        _STALE_PLAN: Verdict(Cause.ENVIRONMENT, "the database's schema was just changed"),
        "0B": Verdict(Cause.PROGRAM, _SCHEMA),
        "0F": Verdict(Cause.ORDER, _STATEMENT),
        "0L": Verdict(Cause.PROGRAM, _ROLE),
        "0P": Verdict(Cause.PROGRAM, _ROLE),
        "0Z": Verdict(Cause.ORDER, _STATEMENT),
        "10": Verdict(Cause.ORDER, _DATA),  # XQuery errors, of the value given
        "20": Verdict(Cause.ORDER, _STATEMENT),
        "21": Verdict(Cause.ORDER, _DATA),
        "22": Verdict(Cause.ORDER, _DATA),
        "23": Verdict(Cause.ORDER, _DATA),
        # cursors and transactions
        "24": Verdict(Cause.PROGRAM, _SCHEMA),
        "25": Verdict(Cause.ENVIRONMENT, "the database's transaction was aborted"),
        _READ_ONLY: Verdict(Cause.ENVIRONMENT, "the database is read-only"),
        "25P03": Verdict(Cause.ENVIRONMENT, "the worker was too slow for its transaction"),
        "25P04": Verdict(Cause.ENVIRONMENT, "the database was too slow for a transaction"),
        "26": Verdict(Cause.ENVIRONMENT, "the connection lost its prepared statements"),
        "27": Verdict(Cause.ORDER, _STATEMENT),
        # roles and rights
        "28": Verdict(Cause.ENVIRONMENT, _ROLE),
        "2B": Verdict(Cause.PROGRAM, _ROLE),
        "2D": Verdict(Cause.PROGRAM, _SCHEMA),
        "2F": Verdict(Cause.ORDER, _STATEMENT),
        "34": Verdict(Cause.PROGRAM, _SCHEMA),
        "38": Verdict(Cause.ORDER, _STATEMENT),
        "39": Verdict(Cause.ORDER, _STATEMENT),
        "3B": Verdict(Cause.PROGRAM, _SCHEMA),
        "3D": Verdict(Cause.ENVIRONMENT, "the database does not exist"),
        "3F": Verdict(Cause.PROGRAM, _SCHEMA),
        # other transactions
        "40": Verdict(Cause.COLLISION, "other work on the same rows goes first"),
        "40002": Verdict(Cause.ORDER, _DATA),
        "40003": Verdict(Cause.ENVIRONMENT, "the connection to the database was lost"),
        # the schema, the program's statements and the rights to what they name
        "42": Verdict(Cause.PROGRAM, _SCHEMA),
        "42501": Verdict(Cause.PROGRAM, "the application's role lacks a right in the database"),
        "44": Verdict(Cause.ORDER, _DATA),
        # resources
        "53": Verdict(Cause.ENVIRONMENT, "the database is short of resources"),
        "53100": Verdict(Cause.ENVIRONMENT, "the database's disk is full"),
        "53200": Verdict(Cause.ENVIRONMENT, "the database is out of memory"),
        "53300": Verdict(Cause.ENVIRONMENT, "the database has too many connections"),
        "54": Verdict(Cause.ORDER, _DATA),  # a row or an index entry too large
        "55": Verdict(Cause.ENVIRONMENT, "something that is needed in the database is in use"),
        _LOCK_NOT_AVAILABLE: Verdict(
            Cause.ENVIRONMENT, "another session holds a lock in the database"
        ),
        # operators, and time
        "57": Verdict(Cause.ENVIRONMENT, "the database was shut down or ended the connection"),
        _QUERY_CANCELED: Verdict(Cause.ENVIRONMENT, "the database is too slow"),
        "57P03": Verdict(Cause.ENVIRONMENT, "the database is starting or stopping"),
        # the server's machine and files
        "58": Verdict(Cause.ENVIRONMENT, "the database cannot read or write its files"),
        "72": Verdict(Cause.COLLISION, "other work on the same rows goes first"),
        "F0": Verdict(Cause.ENVIRONMENT, "the database's configuration cannot be read"),
        "HV": Verdict(Cause.ENVIRONMENT, "a foreign table cannot be reached"),
        "P0": Verdict(Cause.ORDER, _STATEMENT),
        "XX": Verdict(Cause.PROGRAM, _INTERNAL),
    }
)

_UNREACHABLE: Final = Verdict(Cause.ENVIRONMENT, "the database cannot be reached")
_LOST: Final = BY_CODE["08"]
_OF_THE_DRIVER: Final = Verdict(Cause.ORDER, _DATA)

# What users call the rows of the tables on which PostgreSQL reports a lock.
_NAMES: Final[Mapping[str, str]] = {
    "batch_job_queue": "The job",
    "batch_job_items": "An order of the job",
    "order_lines": "An order",
    "orders": "An order",
    "customers": "A customer",
}


def verdict(error: DBAPIError) -> Verdict:
    """Whose fault an error of the database or of its driver is."""
    code = _sqlstate(error.orig)
    if code is not None:
        return verdict_by_code(code)
    if error.statement is None:  # connecting failed, so that no statement was sent
        return _UNREACHABLE
    of_connection = isinstance(error, OperationalError | InterfaceError | InternalError)
    if error.connection_invalidated or of_connection:
        return _LOST
    return _OF_THE_DRIVER  # the driver refused a value and sent nothing


def verdict_by_code(code: str) -> Verdict:
    """Whose fault an error with this SQLSTATE is."""
    unknown = Verdict(Cause.ENVIRONMENT, f"the database reports an error ({code})")
    return BY_CODE.get(code) or BY_CODE.get(code[:2]) or unknown


def is_collision(error: DBAPIError) -> bool:
    """Whether another transaction won: the same work may succeed if it is done again."""
    return _sqlstate(error.orig) in _COLLISIONS


def needs_new_connection(error: BaseException | None) -> bool:
    """Whether the driver's error would recur on this connection, but not on a new one.

    After a failover the old server is read-only. After a migration, statements that the connection
    prepared before it fail every time.
    """
    return _sqlstate(error) in (_READ_ONLY, _STALE_PLAN)


def busy_error(error: DBAPIError) -> BillmillError | None:
    """The error for a user whose request waited too long for others; None for any other cause.

    PostgreSQL has stored nothing of the transaction that met it.
    """
    if _sqlstate(error.orig) == _QUERY_CANCELED:
        return TookTooLong(
            "The database did not finish this within its time limit; it may be busy. Please try "
            "again later, or ask for less at once."
        )
    if is_collision(error):
        return InUse("Someone else changed the same data at this moment; please try again.")
    if _sqlstate(error.orig) != _LOCK_NOT_AVAILABLE:
        return None
    place = str(getattr(getattr(error.orig, "diag", None), "context", None) or "")
    if "number_series" in place:
        return SeriesInUse(
            "The number series of the invoices is in use; please try again in a moment."
        )
    what = next((name for table, name in _NAMES.items() if table in place), "What this needs")
    return InUse(f"{what} is in use elsewhere; please try again in a moment.")


def _sqlstate(error: BaseException | None) -> str | None:
    code: str | None = getattr(error, "sqlstate", None)
    return code
