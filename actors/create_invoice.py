"""The actor that makes invoices: one message names one order of a job.

Orders of a job whose messages are handled at the same time share one transaction. An order that
breaks a rule fails. What no order causes postpones the messages: they come again automatically.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import dramatiq
from sqlalchemy.exc import SQLAlchemyError

from actors import broker, dispatch, unexpected_errors
from actors.error_causes import (
    Postponed,
    TriedBefore,
    Undeliverable,
    concerns_all,
    may_pass,
    verdict,
)
from actors.group_commit import GroupCommit
from actors.group_sizes import GroupSizes
from actors.progress import bus, publish_waiting
from actors.window_size import measured_pace
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
# How long a thread waits until it may retry an order: other orders need the thread meanwhile.
RETRY_WAIT_SECONDS = 1.0
# When to look again whether another worker has ended an order or is lost.
LOOK_AGAIN_MS = 2_000


class Job(NamedTuple):
    """A job of an organisation."""

    organization_id: int
    id: uuid.UUID


Faults = dict[int, Exception | None]
"""By order: why its message is not done; None when it is."""

# A process retries one order at a time: one that kills the process takes no other order with it.
_retrying = threading.Lock()


@dataclass(frozen=True, slots=True)
class Report:
    """What a group of this size has committed, to be sent once its slot is free."""

    size: int
    commits: Sequence[Committed] = ()


# No number of retries uses a message up: it is done when its order has ended.
@dramatiq.actor(queue_name=broker.INVOICES, throws=(Undeliverable,), max_retries=None)
def create_invoice(*arguments: object, **named: object) -> None:
    """Invoices one order of a job, given the job's id and the order's; a second message does
    nothing."""
    job_id, order_id = _parsed(arguments, named)
    try:
        job = Job(claims.organization_of(job_id), job_id)
    except NotFound as error:
        raise Undeliverable(str(error)) from None
    except Exception as error:
        fault = _postpone(job_id, [order_id], error)[order_id]
    else:
        fault = groups.commit(job, order_id)
        if isinstance(fault, TriedBefore):
            fault = _retry_alone(job, order_id)
    if fault:
        raise fault


def _parsed(arguments: Sequence[object], named: Mapping[str, object]) -> tuple[uuid.UUID, int]:
    match arguments:
        case (str(job_id), int(order_id)) if not named:
            with suppress(ValueError):
                return uuid.UUID(job_id), order_id
    raise Undeliverable(f"create_invoice{tuple(arguments)!r} names no order of a job")


def _invoice_group(job: Job, order_ids: Sequence[int]) -> tuple[Faults, Report]:
    """Ends the orders of one group, except those that were tried before."""
    try:
        claimed = claims.claim(*job, order_ids)
    except NotFound as error:
        raise Undeliverable(str(error)) from None
    except Exception as error:
        return _postpone(job.id, order_ids, error), Report(len(order_ids))
    if claimed.started:
        bus.offer(claimed.started)
    faults: Faults = dict.fromkeys(order_ids)
    faults.update((order_id, TriedBefore()) for order_id in claimed.repeated)
    new_faults, commits = _invoice_together(job, claimed.fresh)
    for committed in commits:
        measured_pace.note(committed.state)
    return faults | new_faults, Report(len(order_ids), commits)


def _invoice_together(job: Job, claim: Claim) -> tuple[Faults, Sequence[Committed]]:
    order_ids = claim.order_ids
    if len(order_ids) > 1:
        try:
            committed = run_items(*job, order_ids, measured_pace.window(job.id))
        except Exception as error:
            if concerns_all(error):
                return _release(job, claim, order_ids, error), ()
            logger.warning("%d orders of job %s go one by one: %s", len(order_ids), job.id, error)
        else:
            return {}, [committed] if committed else ()
    return _invoice_one_by_one(job, claim)


def _invoice_one_by_one(job: Job, claim: Claim) -> tuple[Faults, Sequence[Committed]]:
    """Only the order that causes the error fails."""
    faults: Faults = {}
    commits: list[Committed] = []
    for index, order_id in enumerate(claim.order_ids):
        try:
            committed = _invoice_or_fail(job, order_id)
        except Exception as error:
            if concerns_all(error):
                return faults | _release(job, claim, claim.order_ids[index:], error), commits
            faults |= _release(job, claim, [order_id], error)
        else:
            if committed:
                commits.append(committed)
    return faults, commits


def _retry_alone(job: Job, order_id: int) -> Exception | None:
    """Retries an order whose work began before and did not end, outside of any group."""
    if not _retrying.acquire(timeout=RETRY_WAIT_SECONDS):
        return Postponed("other orders that did not end before are tried first")
    try:
        return _retry(job, order_id)
    finally:
        _retrying.release()


def _retry(job: Job, order_id: int) -> Exception | None:
    try:
        claim = claims.claim_again(*job, order_id)
    except Exception as error:
        return _postpone(job.id, [order_id], error)[order_id]
    if claim is None:
        # Ended, or locked by a worker that may be lost: the next try finds out which.
        return Postponed("another worker is at it", LOOK_AGAIN_MS)
    try:
        if claim.is_one_too_many:
            committed = fail_item(*job, order_id, claims.GAVE_UP, measured_pace.window(job.id))
        else:
            committed = _invoice_or_fail(job, order_id)
    except Exception as error:
        return _release(job, claim, [order_id], error)[order_id]
    if committed:
        measured_pace.note(committed.state)
        _send(committed)
    return None


def _invoice_or_fail(job: Job, order_id: int) -> Committed | None:
    """Invoices one order; an unexpected error that it causes ends it as failed."""
    try:
        return run_items(*job, [order_id], measured_pace.window(job.id))
    except Exception as error:
        if may_pass(error):
            raise
        finding = _unexpected(job, order_id)
    return fail_item(*job, order_id, finding, measured_pace.window(job.id))


def _unexpected(job: Job, order_id: int) -> Finding:
    """Reports the error that is being handled under a reference, which the finding names."""
    reference = uuid.uuid4().hex[:12]
    message = "Order %s of job %s failed, reference %s"
    unexpected_errors.report(ACTOR, message, order_id, job.id, reference)
    return Finding(
        "unexpected_error",
        f"The invoice could not be written because of an unexpected error ({reference}).",
        "order",
        f"Give the reference {reference} to the operator of Billmill, then retry.",
    )


def _release(job: Job, claim: Claim, order_ids: Sequence[int], error: Exception) -> Faults:
    """Releases orders that are not the cause of the error."""
    claims.release(*job, claim, order_ids)
    if isinstance(error, JobNotRunning):
        return _stopped(job, order_ids)
    return _postpone(job.id, order_ids, error)


def _postpone(job_id: uuid.UUID, order_ids: Sequence[int], error: Exception) -> Faults:
    """Has the orders' messages come again, and says on the job what it waits for."""
    reason = verdict(error).reason
    unexpected_errors.note(ACTOR, error, "%d orders of job %s come again", len(order_ids), job_id)
    publish_waiting(job_id, reason)
    return {order_id: Postponed(reason) for order_id in order_ids}


def _stopped(job: Job, order_ids: Sequence[int]) -> Faults:
    """The messages of a stopped job are done: when it goes on, others are sent. If it goes on
    already, workers may have dropped those others while the orders were locked here."""
    with suppress(SQLAlchemyError):
        if not goes_on(*job):
            return dict.fromkeys(order_ids)
    return {order_id: Postponed("the job was stopped and goes on") for order_id in order_ids}


def _report(report: Report) -> None:
    for committed in report.commits:
        _send(committed)
    sizes.count(report.size)


def _send(committed: Committed) -> None:
    """Sends the messages that a commit made room for, and its progress."""
    dispatch.send(committed.state.job_id, committed.next_orders)
    bus.offer(committed.state, committed.errors)


sizes = GroupSizes()
groups = GroupCommit(
    _invoice_group,
    _report,
    max_size=MAX_GROUP,
    max_commits=MAX_COMMITS,
    contend=lambda job: job.organization_id,  # an organisation's jobs wait for each other's numbers
)
