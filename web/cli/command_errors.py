"""Errors of a command, as one sentence for the person at the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import redis

from models.database_check import failure_sentence
from models.errors import BillmillError, InvalidRequest, MissingSetting
from web.embedded.errors import ServiceError


def sentence(error: Exception) -> str | None:
    """The sentence; None for an unexpected error, whose stack trace is needed."""
    if isinstance(error, MissingSetting):
        return f"{error} Or start Billmill here with `billmill up`."
    if isinstance(error, BillmillError | ServiceError):
        return str(error)
    if isinstance(error, redis.RedisError):
        return f"Redis does not answer: {error}"
    return failure_sentence(error)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turns an `InvalidRequest` into a usage error, with exit code 2."""
    try:
        yield
    except InvalidRequest as refused:
        raise click.UsageError(refused.message) from refused
