"""One message, one order: the actor that makes invoices."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress

import dramatiq
from sqlalchemy.exc import SQLAlchemyError

from actors import broker, dispatch, unexpected_errors
from actors.faults import (
    Postponed,
    TriedBefore,
    Undeliverable,
    concerns_all,
    may_pass,
    verdict,
)
from actors.group_commit import GroupCommit
from actors.group_sizes import GroupSizes
from actors.progress import bus, tell_waiting
from models.errors import NotFound
from models.invoicing.finding import Finding
from models.jobs import claims
from models.jobs.claims import Claim
from models.jobs.run import Committed, JobNotRunning, fail_item, goes_on, run_items

logger = logging.getLogger(__name__)

ACTOR = "create_invoice"
# The items' statements are written for groups of this size at most.
MAX_GROUP = 256
# Groups of different jobs commit side by side; if more did, each would be smaller.
MAX_COMMITS = 4
# How long a thread waits for an order's turn to be tried alone: others need the thread meanwhile.
SUSPECTS_WAIT_SECONDS = 1.0
# How long until it is seen whether another worker has ended an order or is lost.
LOOK_AGAIN_MS = 2_000

Key = tuple[int, uuid.UUID]
"""An organisation and a job of it."""

# One suspect at a time per process: if it kills the process, no innocent order is counted with it.
_suspects = threading.Lock()


# It comes again as often as it takes: nothing but the order's own end uses its message up.
@dramatiq.actor(queue_name=broker.INVOICES, throws=(Undeliverable,), max_retries=None)
def create_invoice(*arguments: object, **named: object) -> None:
    """Invoices one order of a job, given the job's id and the order's; done twice, it does so once.

    Orders that come at the same time share one transaction. An order that has broken a rule ends
    as failed. What no order causes raises `Postponed`, so that the message comes again by itself.
    """
    job_id, order_id = _named(arguments, named)
    try:
        key = (claims.organization_of(job_id), job_id)
    except NotFound:
        raise _deleted(job_id) from None
    except Exception as error:
        fault = _postpone(job_id, [order_id], error)[order_id]
    else:
        fault = _invoice(key, order_id)
    if fault:
        raise fault


def _invoice(key: Key, order_id: int) -> Exception | None:
    fault = groups.commit(key, order_id)
    if isinstance(fault, TriedBefore):
        return _alone(key, order_id)
    return fault


def _named(arguments: Sequence[object], named: Mapping[str, object]) -> tuple[uuid.UUID, int]:
    """The job and the order that a message names."""
    match arguments:
        case (str(job_id), int(order_id)) if not named:
            with suppress(ValueError):
                return uuid.UUID(job_id), order_id
    raise Undeliverable(f"create_invoice{tuple(arguments)!r} names no order of a job")


def _deleted(job_id: uuid.UUID) -> Undeliverable:
    return Undeliverable(f"job {job_id} does not exist")


def _work(key: Key, order_ids: Sequence[int]) -> dict[int, Exception | None]:
    """Ends the orders of one group, and says of each what keeps its message from being done."""
    try:
        claimed = claims.claim(*key, order_ids)
    except NotFound:
        raise _deleted(key[1]) from None
    except Exception as error:
        return _postpone(key[1], order_ids, error)
    if claimed.started:
        bus.offer(claimed.started)
    faults: dict[int, Exception | None] = dict.fromkeys(order_ids)
    faults.update((order_id, TriedBefore()) for order_id in claimed.repeated)
    faults.update(_run_together(key, claimed.fresh))
    sizes.count(len(order_ids))
    return faults


def _run_together(key: Key, claim: Claim) -> dict[int, Exception | None]:
    order_ids = claim.order_ids
    if len(order_ids) > 1:
        try:
            _finish(run_items(*key, order_ids, dispatch.to_send))
            return {}
        except Exception as error:
            if concerns_all(error):
                return _release(key, claim, order_ids, error)
            logger.warning("%d orders of job %s go one by one: %s", len(order_ids), key[1], error)
    return _run_one_by_one(key, claim)


def _run_one_by_one(key: Key, claim: Claim) -> dict[int, Exception | None]:
    """So that only the guilty one fails."""
    faults: dict[int, Exception | None] = {}
    for place, order_id in enumerate(claim.order_ids):
        try:
            _finish(_try(key, order_id))
        except Exception as error:
            if concerns_all(error):
                return faults | _release(key, claim, claim.order_ids[place:], error)
            faults |= _release(key, claim, [order_id], error)
    return faults


def _alone(key: Key, order_id: int) -> Exception | None:
    """Tries an order whose work began before and did not end."""
    if not _suspects.acquire(timeout=SUSPECTS_WAIT_SECONDS):
        return Postponed("other orders that did not end before are tried first")
    try:
        return _try_again(key, order_id)
    finally:
        _suspects.release()


def _try_again(key: Key, order_id: int) -> Exception | None:
    try:
        claim = claims.claim_again(*key, order_id)
    except Exception as error:
        return _postpone(key[1], [order_id], error)[order_id]
    if claim is None:
        # Ended, or locked by a worker that may be lost: which of the two, the next try finds.
        return Postponed("another worker is at it", LOOK_AGAIN_MS)
    try:
        if claim.is_one_too_many:
            _finish(fail_item(*key, order_id, claims.GAVE_UP, dispatch.to_send))
        else:
            _finish(_try(key, order_id))
    except Exception as error:
        return _release(key, claim, [order_id], error)[order_id]
    return None


def _release(
    key: Key, claim: Claim, order_ids: Sequence[int], error: Exception
) -> dict[int, Exception | None]:
    """The orders are not at fault: what was counted against them is taken back."""
    claims.release(*key, claim, order_ids)
    if isinstance(error, JobNotRunning):
        return _stopped(key, order_ids)
    return _postpone(key[1], order_ids, error)


def _postpone(
    job_id: uuid.UUID, order_ids: Sequence[int], error: Exception
) -> dict[int, Exception | None]:
    """Has the orders' messages come again, and says on the job what it waits for."""
    reason = verdict(error).reason
    unexpected_errors.note(ACTOR, error, "%d orders of job %s come again", len(order_ids), job_id)
    tell_waiting(job_id, reason)
    return {order_id: Postponed(reason) for order_id in order_ids}


def _stopped(key: Key, order_ids: Sequence[int]) -> dict[int, Exception | None]:
    """A stopped job's messages are done: others are sent when it goes on. If it does already, those
    may have met the orders while they were locked here, and be gone."""
    with suppress(SQLAlchemyError):
        if not goes_on(*key):
            return dict.fromkeys(order_ids)
    return {order_id: Postponed("the job was stopped and goes on") for order_id in order_ids}


def _finish(committed: Committed | None) -> None:
    if committed:
        dispatch.follow(committed.state, committed.next_orders)
        bus.offer(committed.state, committed.errors)


def _try(key: Key, order_id: int) -> Committed | None:
    try:
        return run_items(*key, [order_id], dispatch.to_send)
    except Exception as error:
        if may_pass(error):
            raise
        return _fail_unexpectedly(key, order_id)


def _fail_unexpectedly(key: Key, order_id: int) -> Committed | None:
    reference = uuid.uuid4().hex[:12]
    message = "Order %s of job %s failed, reference %s"
    unexpected_errors.report(ACTOR, message, order_id, key[1], reference)
    finding = Finding(
        "unexpected_error",
        f"The invoice could not be written because of an unexpected error ({reference}).",
        "order",
        f"Give the reference {reference} to whoever operates Billmill, then retry.",
    )
    return fail_item(*key, order_id, finding, dispatch.to_send)


sizes = GroupSizes()
groups = GroupCommit(
    _work,
    max_size=MAX_GROUP,
    max_commits=MAX_COMMITS,
    contend=lambda key: key[0],  # an organisation's jobs wait for each other's numbers
)
