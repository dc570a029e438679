"""What goes wrong in a command, as one sentence for the person at the terminal."""

import redis
from sqlalchemy.exc import OperationalError

from models.errors import BillmillError, MissingSetting
from models.sqlstates import busy_error
from web.embedded.errors import ServiceError


def sentence(error: Exception) -> str | None:
    """The sentence; None for what nobody foresaw, which deserves its stack trace."""
    if isinstance(error, MissingSetting):
        return f"{error} Or start Billmill here with `billmill up`."
    if isinstance(error, BillmillError | ServiceError):
        return str(error)
    if isinstance(error, OperationalError) and (known := busy_error(error)):
        return str(known)
    if isinstance(error, OperationalError):
        return f"The database does not answer: {str(error.orig).strip()}"
    if isinstance(error, redis.RedisError):
        return f"Redis does not answer: {error}"
    return None
