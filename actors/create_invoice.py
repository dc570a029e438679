"""The actor that makes invoices: one message names one order of a job.

Orders of a job whose messages are handled at the same time share one transaction. An order that
breaks a rule fails. An error that no order causes postpones the messages: they are redelivered
automatically.
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
from actors.group_commit import GroupCommit
from actors.group_sizes import GroupSizes
from actors.postponing import (
    Postponed,
    TriedBefore,
    Undeliverable,
    concerns_all,
    may_pass,
    verdict,
)
from actors.progress import bus, publish_waiting
from actors.window_size import measured_pace
from models.errors import NotFound
from models.invoicing.finding import Finding
from models.jobs import claims
from models.jobs.claims import Claim
from models.jobs.run import Committed, JobNotRunning, fail_item, is_runnable, run_items

logger = logging.getLogger(__name__)

ACTOR = "create_invoice"
# The items' statements are written for groups of this size at most.
MAX_GROUP = 256
# Groups of different jobs commit in parallel; with more at once, each group would be smaller.
MAX_COMMITS = 4
# How long a thread waits for its turn to retry an order; other orders need the thread, too.
RETRY_WAIT_SECONDS = 1.0
# How long to wait before checking again whether another worker has ended an order or has died.
LOOK_AGAIN_MS = 2_000


class Job(NamedTuple):
    """A job of an organisation."""

    organization_id: int
    id: uuid.UUID


Faults = dict[int, Exception | None]
"""By order: why its message could not be handled; None if it was."""

# A process retries one order at a time: an order that kills the process affects no other.
_retrying = threading.Lock()


@dataclass(frozen=True, slots=True)
class Report:
    """What a group of `size` orders committed, to be sent once the group has released its slot.

    The size is 0 if the claim failed.
    """

    size: int = 0
    commits: Sequence[Committed] = ()


# Retries are unlimited: a message is done when its order has ended.
@dramatiq.actor(queue_name=broker.INVOICES, throws=(Undeliverable,), max_retries=None)
def create_invoice(*arguments: object, **named: object) -> None:
    """Invoices one order of a job, given both ids; a duplicate message changes nothing."""
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
    """Ends the orders of one group, except those that an earlier attempt did not finish."""
    try:
        claimed = claims.claim(*job, order_ids)
    except NotFound as error:
        raise Undeliverable(str(error)) from None
    except Exception as error:
        return _postpone(job.id, order_ids, error), Report()
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
            message = "%d orders of job %s are tried one by one: %s"
            logger.warning(message, len(order_ids), job.id, error)
        else:
            return {}, [committed] if committed else ()
    return _invoice_one_by_one(job, claim)


def _invoice_one_by_one(job: Job, claim: Claim) -> tuple[Faults, Sequence[Committed]]:
    """Invoices the orders one by one, so that only the one that causes an error fails."""
    faults: Faults = {}
    commits: list[Committed] = []
    try:
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
    except BaseException:  # a time limit: what is committed is published nevertheless
        for committed in commits:
            _send(committed)
        raise
    return faults, commits


def _retry_alone(job: Job, order_id: int) -> Exception | None:
    """Retries an order outside of any group, because an earlier attempt on it did not finish."""
    if not _retrying.acquire(timeout=RETRY_WAIT_SECONDS):
        return Postponed("other unfinished orders are retried first")
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
        # The order has ended, or a worker that may have died has locked it. The next try will tell.
        return Postponed("another worker has locked the order", LOOK_AGAIN_MS)
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
    """Invoices one order; if it causes an unexpected error, it ends as failed."""
    try:
        return run_items(*job, [order_id], measured_pace.window(job.id))
    except Exception as error:
        if may_pass(error):
            raise
        finding = _unexpected(job, order_id)
    return fail_item(*job, order_id, finding, measured_pace.window(job.id))


def _unexpected(job: Job, order_id: int) -> Finding:
    """Reports the current error under a reference, and returns a finding that names it."""
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
    """Postpones the orders' messages, and publishes what the job waits for."""
    reason = verdict(error).reason
    unexpected_errors.note(ACTOR, error, "%d orders of job %s postponed", len(order_ids), job_id)
    publish_waiting(job_id, reason)
    return {order_id: Postponed(reason) for order_id in order_ids}


def _stopped(job: Job, order_ids: Sequence[int]) -> Faults:
    """Drops the messages of a stopped job, because resuming it sends new ones. Postpones them if it
    has resumed already: workers may have dropped the new ones while the orders were locked here."""
    with suppress(SQLAlchemyError):
        if not is_runnable(*job):
            return dict.fromkeys(order_ids)
    return {order_id: Postponed("the job was stopped and resumed") for order_id in order_ids}


def _report(report: Report) -> None:
    for committed in report.commits:
        _send(committed)
    if report.size:
        sizes.count(report.size)


def _send(committed: Committed) -> None:
    """Sends the messages that a commit made room for, and publishes its progress."""
    dispatch.send(committed.state.job_id, committed.next_orders)
    bus.offer(committed.state, committed.errors)


sizes = GroupSizes()
groups = GroupCommit(
    _invoice_group,
    _report,
    max_size=MAX_GROUP,
    max_commits=MAX_COMMITS,
    contend=lambda job: job.organization_id,  # an organisation's jobs share its number series
)
