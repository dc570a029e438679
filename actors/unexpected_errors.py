"""Errors that point to a bug or a wrong setup: logged with their trace, and counted in Redis."""

from __future__ import annotations

import logging

from dramatiq import Broker, MessageProxy, Middleware
from redis.exceptions import RedisError

from actors.postponing import needs_fixing, verdict
from actors.redis_connection import shared_client

logger = logging.getLogger(__name__)

KEY = "billmill:unexpected_errors"
PLACES = (
    "create_invoice",
    "sweep_jobs",
    "finish_cancelling_job",
    "progress",
    "import_slice",
    "sweep_imports",
    "delete_import_files",
)
"""Where such errors are counted: each actor, and the thread that publishes progress."""


def report(where: str, message: str, *arguments: object) -> None:
    """Logs the exception that is being handled with its trace, and counts it under `where`."""
    logger.exception(message, *arguments)
    count(where)


def note(where: str, error: BaseException, message: str, *arguments: object) -> None:
    """Reports an error that a person must fix; for any other, logs one line with its reason."""
    if needs_fixing(error):
        report(where, message, *arguments)
    else:
        logger.warning(f"{message}: %s", *arguments, verdict(error).reason)


def count(where: str) -> None:
    """Increments the count in the Redis hash `KEY`; without Redis, only the log has the error."""
    try:
        shared_client().hincrby(KEY, where, 1)
    except RedisError as error:
        logger.warning("An unexpected error could not be counted: %s", error)


class UnexpectedErrors(Middleware):
    """Counts the errors that an actor raises; Dramatiq has logged each with its trace."""

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,
    ) -> None:
        """Called by Dramatiq after each message."""
        if exception is not None and needs_fixing(exception):
            count(message.actor_name)
