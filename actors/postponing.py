"""What can go wrong with an order's message, and whether another try can succeed.

Only an error that the order itself causes counts against it; `models/sqlstates.py` decides that for
PostgreSQL's errors. Any other error postpones its message,
which is redelivered automatically, each time after a longer delay, up to `broker.LONGEST_DELAY_MS`.
"""

from __future__ import annotations

from typing import Final

from dramatiq.errors import Retry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models import sqlstates
from models.errors import BillmillError, MissingSetting, PrivilegedRole
from models.jobs.run import JobNotRunning
from models.sqlstates import Cause, Verdict


class Undeliverable(Exception):
    """A message that no retry can save: it becomes a dead letter at once."""


class Postponed(Retry):
    """Something other than the order prevented its commit: the message is redelivered.

    Dramatiq retries the message as after any failure, but does not log an error.
    """


class TriedBefore(Exception):
    """An earlier attempt on the order did not finish: the order is retried alone."""


_STOPPED: Final = Verdict(Cause.ENVIRONMENT, "the job was stopped and resumed")
_POOL: Final = Verdict(Cause.ENVIRONMENT, "all of the worker's database connections are in use")
_MACHINE: Final = Verdict(Cause.ENVIRONMENT, "the worker's machine is short of resources")
_SETTINGS: Final = Verdict(Cause.PROGRAM, "the worker's settings name no usable database")
_UNEXPECTED: Final = Verdict(Cause.ORDER, "an unexpected error, which the workers' log explains")


def verdict(error: BaseException) -> Verdict:
    """The cause of an error in the work on an order."""
    if isinstance(error, DBAPIError):
        return sqlstates.verdict(error)
    if isinstance(error, JobNotRunning | Postponed):
        return _STOPPED
    if isinstance(error, PoolTimeout):
        return _POOL
    if isinstance(error, OSError | MemoryError):
        return _MACHINE
    if isinstance(error, PrivilegedRole | MissingSetting):
        return _SETTINGS
    return _UNEXPECTED


def may_pass(error: BaseException) -> bool:
    """Whether the same work, unchanged, may succeed later."""
    return verdict(error).cause is not Cause.ORDER


def concerns_all(error: BaseException) -> bool:
    """Whether each of a group's orders would meet the same error on its own."""
    return verdict(error).cause in (Cause.ENVIRONMENT, Cause.PROGRAM)


def needs_fixing(error: BaseException) -> bool:
    """Whether a person must fix the program or its environment; the log has the trace."""
    return verdict(error).cause in (Cause.ORDER, Cause.PROGRAM) and not isinstance(
        error, Retry | Undeliverable | BillmillError
    )
