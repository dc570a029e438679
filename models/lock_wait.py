"""Waiting for rows that somebody else holds: for how long, and what is said when it was in vain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError

from models.errors import BillmillError, InUse, SeriesInUse, TookTooLong

# Whoever asked gets an answer within five seconds; what holds a row rightly needs far less.
LOCK_TIMEOUT_SECONDS: Final = 4

_LOCK_NOT_AVAILABLE: Final = "55P03"
_COLLIDED: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_QUERY_CANCELED: Final = "57014"
# By the table that PostgreSQL names as the place where it waited.
_NAMES: Final[Mapping[str, str]] = {
    "batch_job_queue": "The job",
    "batch_job_items": "An order of the job",
    "order_lines": "An order",
    "orders": "An order",
    "customers": "A customer",
}


def told(error: DBAPIError) -> BillmillError | None:
    """What to tell of an error that comes from waiting too long; None for any other.

    Nothing of the transaction that met it is stored.
    """
    code = getattr(error.orig, "sqlstate", None)
    if code == _QUERY_CANCELED:
        return TookTooLong(
            "The database did not finish this within its time limit; it may be busy. Please try "
            "again later, or ask for less at once."
        )
    if code in _COLLIDED:
        return InUse("Somebody else changed the same data at this moment; please try again.")
    if code != _LOCK_NOT_AVAILABLE:
        return None
    place = str(getattr(getattr(error.orig, "diag", None), "context", None) or "")
    if "number_series" in place:
        return SeriesInUse(
            "The number series of the invoices is in use; please try again in a moment."
        )
    what = next((name for table, name in _NAMES.items() if table in place), "What this needs")
    return InUse(f"{what} is in use elsewhere; please try again in a moment.")
