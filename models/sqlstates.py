"""What PostgreSQL's error classes mean for an order's work: whose fault it is, and what then.

The table names every class of the manual's appendix "PostgreSQL Error Codes"; a code of five
characters goes before its class. Only what an order's own data can cause ends the order. For a
class that is not listed, as of an extension, no order is blamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError


class Cause(StrEnum):
    """Whose fault an error is."""

    ORDER = "order"
    """The order's data, or what the program does with it: tried alone, the order fails."""

    COLLISION = "collision"
    """Another transaction: a group's orders are tried one by one; a lone one comes again."""

    SURROUNDINGS = "surroundings"
    """Every order would meet it: all come again later, and none is counted as tried."""

    PROGRAM = "program"
    """As `SURROUNDINGS`, but somebody has to mend it: the log has the trace."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose fault an error is. `reason` says why, and completes "The job waits: ..."."""

    cause: Cause
    reason: str


_DATA: Final = "a value or a constraint of what is written for this order"
_STATEMENT: Final = "a statement or trigger that is wrong for what this order holds"
_SCHEMA: Final = "the database's schema or functions do not fit this version of Billmill"
_INTERNAL: Final = "PostgreSQL reports an internal error or damaged data"
_ROLE: Final = "PostgreSQL refuses the application's role"

BY_CODE: Final[Mapping[str, Verdict]] = MappingProxyType(
    {
        # success and warnings, which are no errors; should one be raised, no order is at fault
        "00": Verdict(Cause.PROGRAM, _INTERNAL),
        "01": Verdict(Cause.PROGRAM, _INTERNAL),
        "02": Verdict(Cause.ORDER, _STATEMENT),
        "03": Verdict(Cause.PROGRAM, _INTERNAL),
        # the connection
        "08": Verdict(Cause.SURROUNDINGS, "the connection to the database was lost"),
        # statements and triggers
        "09": Verdict(Cause.ORDER, _STATEMENT),
        "0A": Verdict(Cause.PROGRAM, _SCHEMA),
        # "cached plan must not change result type": the connection is left for a new one
        "0A000": Verdict(Cause.SURROUNDINGS, "the database's schema was just changed"),
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
        "25": Verdict(Cause.SURROUNDINGS, "the database's transaction was broken off"),
        "25006": Verdict(Cause.SURROUNDINGS, "the database is read-only"),
        "25P03": Verdict(Cause.SURROUNDINGS, "the worker was too slow for its transaction"),
        "25P04": Verdict(Cause.SURROUNDINGS, "the database was too slow for a transaction"),
        "26": Verdict(Cause.SURROUNDINGS, "the connection forgot its prepared statements"),
        "27": Verdict(Cause.ORDER, _STATEMENT),
        # roles and rights
        "28": Verdict(Cause.SURROUNDINGS, _ROLE),
        "2B": Verdict(Cause.PROGRAM, _ROLE),
        "2D": Verdict(Cause.PROGRAM, _SCHEMA),
        "2F": Verdict(Cause.ORDER, _STATEMENT),
        "34": Verdict(Cause.PROGRAM, _SCHEMA),
        "38": Verdict(Cause.ORDER, _STATEMENT),
        "39": Verdict(Cause.ORDER, _STATEMENT),
        "3B": Verdict(Cause.PROGRAM, _SCHEMA),
        "3D": Verdict(Cause.SURROUNDINGS, "the database does not exist"),
        "3F": Verdict(Cause.PROGRAM, _SCHEMA),
        # other transactions
        "40": Verdict(Cause.COLLISION, "other work on the same rows goes first"),
        "40002": Verdict(Cause.ORDER, _DATA),
        "40003": Verdict(Cause.SURROUNDINGS, "the connection to the database was lost"),
        # the schema, the program's statements and the rights to what they name
        "42": Verdict(Cause.PROGRAM, _SCHEMA),
        "42501": Verdict(Cause.PROGRAM, "the application's role lacks a right in the database"),
        "44": Verdict(Cause.ORDER, _DATA),
        # resources
        "53": Verdict(Cause.SURROUNDINGS, "the database is short of resources"),
        "53100": Verdict(Cause.SURROUNDINGS, "the database's disk is full"),
        "53200": Verdict(Cause.SURROUNDINGS, "the database is out of memory"),
        "53300": Verdict(Cause.SURROUNDINGS, "the database has too many connections"),
        "54": Verdict(Cause.ORDER, _DATA),  # a row or an index entry too large
        "55": Verdict(Cause.SURROUNDINGS, "what is needed in the database is in use"),
        "55P03": Verdict(Cause.SURROUNDINGS, "somebody else holds a lock in the database"),
        # operators, and time
        "57": Verdict(Cause.SURROUNDINGS, "the database was shut down or ended the connection"),
        "57014": Verdict(Cause.SURROUNDINGS, "the database is too slow"),
        "57P03": Verdict(Cause.SURROUNDINGS, "the database is starting or stopping"),
        # the server's machine and files
        "58": Verdict(Cause.SURROUNDINGS, "the database cannot read or write its files"),
        "72": Verdict(Cause.COLLISION, "other work on the same rows goes first"),
        "F0": Verdict(Cause.SURROUNDINGS, "the database's configuration cannot be read"),
        "HV": Verdict(Cause.SURROUNDINGS, "a foreign table cannot be reached"),
        "P0": Verdict(Cause.ORDER, _STATEMENT),
        "XX": Verdict(Cause.PROGRAM, _INTERNAL),
    }
)

_UNREACHABLE: Final = Verdict(Cause.SURROUNDINGS, "the database cannot be reached")
_LOST: Final = BY_CODE["08"]
_OF_THE_DRIVER: Final = Verdict(Cause.ORDER, _DATA)


def verdict(error: DBAPIError) -> Verdict:
    """Whose fault an error of the database or of its driver is."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return verdict_by_code(code)
    if error.statement is None:  # it never came to one: connecting failed
        return _UNREACHABLE
    of_connection = isinstance(error, OperationalError | InterfaceError | InternalError)
    if error.connection_invalidated or of_connection:
        return _LOST
    return _OF_THE_DRIVER  # it refused a value before it was sent


def verdict_by_code(code: str) -> Verdict:
    """Whose fault an error with this SQLSTATE is."""
    unknown = Verdict(Cause.SURROUNDINGS, f"the database reports an error ({code})")
    return BY_CODE.get(code) or BY_CODE.get(code[:2]) or unknown
