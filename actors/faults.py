"""What may go wrong with an order's message, and whether it is worth another try.

Only what the order itself causes may count against it. All else postpones its message: it comes
again by itself after a delay that grows to `broker.LONGEST_DELAY_MS`, however often that takes.
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
    """A message that no try will ever work off: it goes to the dead letters at once."""


class Postponed(Retry):
    """What kept an order from its commit was no order's fault: the message comes again.

    Dramatiq tries it like any other that failed, but does not log it as an error.
    """


class TriedBefore(Exception):
    """An order whose work began before and did not end: it is tried again on its own."""


_STOPPED: Final = Verdict(Cause.SURROUNDINGS, "the job was stopped and goes on")
_POOL: Final = Verdict(Cause.SURROUNDINGS, "all of the worker's database connections are in use")
_MACHINE: Final = Verdict(Cause.SURROUNDINGS, "the worker's machine is short of resources")
_SETTINGS: Final = Verdict(Cause.PROGRAM, "the worker's settings name no usable database")
_UNEXPECTED: Final = Verdict(Cause.ORDER, "an unexpected error, which the workers' log explains")


def verdict(error: BaseException) -> Verdict:
    """Whose fault an error in the work on an order is."""
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
    """Whether the same work may succeed later, as it is."""
    return verdict(error).cause is not Cause.ORDER


def concerns_all(error: BaseException) -> bool:
    """Whether trying a group's orders one by one would meet the same."""
    return verdict(error).cause in (Cause.SURROUNDINGS, Cause.PROGRAM)


def needs_mending(error: BaseException) -> bool:
    """Whether the program or its surroundings must be mended by somebody; the log has the trace."""
    return verdict(error).cause in (Cause.ORDER, Cause.PROGRAM) and not isinstance(
        error, Retry | Undeliverable | BillmillError
    )
