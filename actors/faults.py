"""What may go wrong with an order's message, and whether it is worth another try."""

from __future__ import annotations

import psycopg.errors
from dramatiq.errors import Retry
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.job_run import JobNotRunning


class Undeliverable(Exception):
    """A message that no try will ever work off: it goes to the dead letters at once."""


class Postponed(Retry):
    """What kept an order's group from its commit was no order's fault: the message comes again.

    Dramatiq tries it like any other that failed, but does not log it as an error.
    """


class TriedBefore(Exception):
    """An order whose work began before and did not end: it is tried again on its own."""


def may_pass(error: BaseException) -> bool:
    """Whether the same work may succeed later: deadlock, lost connection, timeout, full disk."""
    return isinstance(error, OperationalError | PoolTimeout) or concerns_all(error)


def concerns_all(error: BaseException) -> bool:
    """Whether trying the orders one by one would meet the same: a database that cannot be reached
    or hangs up, a lock or a statement that takes too long, a job that was stopped."""
    if isinstance(error, DBAPIError):
        refused = error.statement is None  # it never came to one: connecting failed
        return (
            refused
            or error.connection_invalidated
            or isinstance(
                error.orig, psycopg.errors.LockNotAvailable | psycopg.errors.QueryCanceled
            )
        )
    return isinstance(error, PoolTimeout | JobNotRunning | Postponed)
