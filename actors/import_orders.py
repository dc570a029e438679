"""The actor that imports files of orders: one message works on one run for some seconds.

A slice ends with the commit of a batch, which also gives the next message its number. So a message
that comes twice or late changes nothing, and no run has two messages at work for long.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import dramatiq
from redis.exceptions import RedisError

from actors import unexpected_errors
from actors.broker import IMPORTS
from actors.import_progress import import_bus
from actors.postponing import Postponed, Undeliverable, may_pass, verdict
from models.database import org_transaction
from models.errors import NotFound
from models.garbage_collection import rare_collections
from models.order_import.runs.commits import RunMoved
from models.order_import.runs.reader import RunReader
from models.order_import.runs.search import organization_of_run
from models.order_import.runs.work import Worked, give_up, release, work_on
from models.tables.import_run import ImportRun

logger = logging.getLogger(__name__)

ACTOR = "import_slice"
SLICE_SECONDS: Final = 15.0
# Before the first batch, the whole file is looked through for how its numbers and dates are
# written; a file of a gigabyte takes half a minute.
TIME_LIMIT_MS: Final = 180_000
# A reader holds what its file has taught it, some dozens of megabytes for millions of orders.
_MOST_READERS: Final = 4


class _Readers:
    """The readers of runs whose next message this process will probably get, newest last.

    A process without the reader reads the file again, so keeping them only saves time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: dict[uuid.UUID, RunReader] = {}

    def take(self, run_id: uuid.UUID) -> RunReader | None:
        with self._lock:
            return self._readers.pop(run_id, None)

    def put(self, reader: RunReader) -> None:
        with self._lock:
            self._readers[reader.run_id] = reader
            while len(self._readers) > _MOST_READERS:
                del self._readers[next(iter(self._readers))]


_readers = _Readers()


# Retries are unlimited: a message is done when its slice is.
@dramatiq.actor(
    queue_name=IMPORTS, throws=(Undeliverable,), max_retries=None, time_limit=TIME_LIMIT_MS
)
def import_slice(*arguments: object, **named: object) -> None:
    """Works on a run for some seconds, given its id and the number of the slice."""
    run_id, slice_number = _parsed(arguments, named)
    try:
        organization_id = organization_of_run(run_id)
    except NotFound as error:
        raise Undeliverable(str(error)) from None
    except Exception as error:
        raise _postponed(run_id, error) from error
    try:
        with rare_collections():
            worked = work_on(
                organization_id,
                run_id,
                slice_number,
                on_commit=import_bus.offer,
                seconds=SLICE_SECONDS,
                reader=_readers.take(run_id),
            )
    except Exception as error:
        if may_pass(error):
            release(organization_id, run_id, slice_number)
            raise _postponed(run_id, error) from error
        _fail(organization_id, run_id)
    else:
        _go_on(run_id, worked)


def send_slice(run_id: uuid.UUID, slice_number: int) -> bool:
    """Sends the message of a run's slice; returns False if Redis does not take it: the sweep
    sends it later."""
    try:
        import_slice.send(str(run_id), slice_number)
    except RedisError as error:
        logger.warning("Import %s waits for the sweep: %s", run_id, error)
        return False
    return True


def _go_on(run_id: uuid.UUID, worked: Worked) -> None:
    if worked.next_slice is not None:
        if worked.reader is not None:
            _readers.put(worked.reader)
        send_slice(run_id, worked.next_slice)


def _parsed(arguments: Sequence[object], named: object) -> tuple[uuid.UUID, int]:
    match arguments:
        case (str(run_id), int(slice_number)) if not named:
            with suppress(ValueError):
                return uuid.UUID(run_id), slice_number
    raise Undeliverable(f"{ACTOR}{tuple(arguments)!r} names no slice of an import")


def _postponed(run_id: uuid.UUID, error: Exception) -> Postponed:
    unexpected_errors.note(ACTOR, error, "Import %s is postponed", run_id)
    return Postponed(verdict(error).reason)


def _fail(organization_id: int, run_id: uuid.UUID) -> None:
    """Reports the current error under a reference, and ends the run with it."""
    reference = uuid.uuid4().hex[:12]
    unexpected_errors.report(ACTOR, "Import %s failed, reference %s", run_id, reference)
    message = (
        f"The import stopped because of an unexpected error ({reference}); what was stored stays. "
        "Give the reference to the operator of Billmill."
    )
    with org_transaction(organization_id) as session:
        run = session.get_one(ImportRun, run_id)
    with suppress(RunMoved):
        import_bus.offer(give_up(run, "unexpected_error", message))
