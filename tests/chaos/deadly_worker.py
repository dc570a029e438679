"""For `dramatiq tests.chaos.deadly_worker`: a worker that one order kills.

DEADLY_ORDER holds the order's number, MOST_ATTEMPTS the attempts that an order may have. Otherwise
it is the worker of the Procfile.
"""

import os
import signal
from collections.abc import Collection
from typing import Any

from actors.worker import broker
from models.invoicing.source import SourceOrder
from models.jobs import claims, run

__all__ = ["broker"]

# Shorter than in production, only to keep the test short.
broker.heartbeat_timeout = 1_000
claims.MAX_ATTEMPTS = int(os.environ["MOST_ATTEMPTS"])

_draft_orders = run.draft_orders


def _draft_or_die(orders: Collection[SourceOrder], *arguments: Any) -> Any:
    if any(order.order_number == os.environ["DEADLY_ORDER"] for order in orders):
        os.kill(os.getpid(), signal.SIGKILL)
    return _draft_orders(orders, *arguments)


run.draft_orders = _draft_or_die
