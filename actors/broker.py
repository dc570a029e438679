"""The broker of all actors. Every module that declares an actor imports this one first."""

from __future__ import annotations

import logging
import math
from typing import Any

import dramatiq
from dramatiq import MessageProxy
from dramatiq.middleware import Middleware, Retries, TimeLimit
from periodiq import PeriodiqMiddleware
from redis.exceptions import RedisError

from actors.consumers import Consumers
from actors.progress import FlushProgress
from actors.redis_broker import Broker
from actors.unexpected_errors import UnexpectedErrors
from models.settings import current_settings
from models.visible_text import keep_logs_visible

keep_logs_visible()  # of the worker, and of the web process, which enqueues messages too
logger = logging.getLogger(__name__)

INVOICES = "invoices"
SWEEP = "sweep"
IMPORTS = "imports"

TIME_LIMIT_MS = 30_000
# The delay before a retry doubles from the first to the second, plus or minus a half.
SHORTEST_DELAY_MS = 200
LONGEST_DELAY_MS = 15_000
# Redis requeues the messages of a killed worker once its heartbeat is this old and a command does
# maintenance. One command in five does: on a quiet queue this takes seconds instead of minutes.
HEARTBEAT_TIMEOUT_MS = 10_000
MAINTENANCE_CHANCE = 200_000  # in a million
DEAD_MESSAGE_TTL_MS = 7 * 24 * 3600 * 1000


class _Retries(Retries):
    """Leaves a message to the sweep if Redis does not take its retry, without logging an error."""

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Called by Dramatiq after each try."""
        try:
            super().after_process_message(  # type: ignore[no-untyped-call]
                broker, message, result=result, exception=exception
            )
        except RedisError as error:
            logger.warning("Message %s waits for the sweep: %s", message.message_id, error)


def _middleware() -> list[Middleware]:
    # No AgeLimit: it drops messages silently. No Pipelines or GroupCallbacks: a conditional UPDATE
    # ends a job.
    return [
        Consumers(),
        TimeLimit(time_limit=TIME_LIMIT_MS),
        _Retries(max_retries=5, min_backoff=SHORTEST_DELAY_MS, max_backoff=LONGEST_DELAY_MS),
        # Skips no message: a late sweep is still useful, and the scheduler's clock may be wrong.
        PeriodiqMiddleware(skip_delay=math.inf),
        FlushProgress(),
        UnexpectedErrors(),
    ]


broker = Broker(
    current_settings().redis_url,
    middleware=_middleware(),
    heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
    maintenance_chance=MAINTENANCE_CHANCE,
    dead_message_ttl=DEAD_MESSAGE_TTL_MS,
)
dramatiq.set_broker(broker)
