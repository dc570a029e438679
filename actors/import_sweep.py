"""What happens to imports by the clock: lost messages are sent again, old files are deleted."""

from __future__ import annotations

import logging

import dramatiq
from periodiq import cron
from redis.exceptions import RedisError

from actors import unexpected_errors
from actors.broker import SWEEP
from actors.import_orders import send_slice
from actors.in_flight import imports_in_flight
from models.errors import BrokerUnavailable
from models.order_import.runs.old_files import delete_file, runs_with_old_files
from models.order_import.runs.search import runs_without_a_process

logger = logging.getLogger(__name__)


@dramatiq.actor(queue_name=SWEEP, periodic=cron("* * * * *"), max_retries=0, priority=0)
def sweep_imports() -> None:
    """Sends the message of each run that has none; the age of a run does not matter."""
    sent = resume_imports()
    if sent:
        logger.info("Sweep: %d imports had no message", sent)


def resume_imports() -> int:
    """Sends the lost messages, and returns how many; raises `BrokerUnavailable` without Redis."""
    # Read before Redis, because messages that are sent later are not among those in flight.
    waiting = runs_without_a_process()
    if not waiting:
        return 0
    try:
        in_flight = imports_in_flight()
    except RedisError as error:
        raise BrokerUnavailable("Redis cannot be reached; nothing was sent.") from error
    lost = [run for run in waiting if run not in in_flight]
    return sum(send_slice(run_id, slice_number) for run_id, slice_number in lost)


# One message may delete as many files as it can in the time of a message; the rest goes next hour.
@dramatiq.actor(queue_name=SWEEP, periodic=cron("17 * * * *"), max_retries=0)
def delete_import_files() -> None:
    """Deletes the files whose time is over; the runs stay as history."""
    for organization_id, run_id in runs_with_old_files():
        try:
            delete_file(organization_id, run_id)
        except Exception as error:
            # An error with one file must not keep the others.
            message = "The file of import %s was not deleted"
            unexpected_errors.note("delete_import_files", error, message, run_id)
