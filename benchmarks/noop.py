"""Messages that do nothing: the ceiling of one message per order.

The broker is the application's own, with its settings; the worker's line is the Procfile's, with
this module and its queue in place of the application's.
"""

import argparse
import time

import dramatiq
from dramatiq import Message

import actors.broker  # noqa: F401 - the broker that the actor belongs to
from benchmarks.ways import QUEUE

BATCH = 1_000


@dramatiq.actor(queue_name=QUEUE)
def nothing(job_id: str, order_id: int) -> None:
    """Takes the same arguments as the application's message."""


def _message(order_id: int) -> Message[None]:
    return nothing.message("01234567-89ab-cdef-0123-456789abcdef", order_id)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    asked = parser.parse_args()
    print(time.time())
    for begin in range(0, asked.count, BATCH):
        end = min(begin + BATCH, asked.count)
        dramatiq.group([_message(order_id) for order_id in range(begin, end)]).run()
