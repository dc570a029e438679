"""One message, one order: the actor that makes invoices."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence

import dramatiq
from sqlalchemy.exc import NoResultFound

from actors import broker, dispatch
from actors.faults import Postponed, TriedBefore, Undeliverable, concerns_all, may_pass
from actors.group_commit import GroupCommit
from actors.group_sizes import GroupSizes
from actors.progress import bus
from models.database import org_transaction
from models.job_progress import ItemError
from models.job_run import (
    Committed,
    JobNotRunning,
    count_attempt,
    fail_item,
    give_back,
    organization_of,
    run_items,
    take_up,
)
from models.order_source import load_orders

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# The items' statements are written for groups of this size at most.
MAX_GROUP = 256
# Groups of different jobs commit side by side; if more did, each would be smaller.
MAX_COMMITS = 4

# One suspect at a time per process: if it kills the process, no innocent order is counted with it.
_suspects = threading.Lock()


@dramatiq.actor(queue_name=broker.INVOICES, throws=(Undeliverable, TypeError))
def create_invoice(job_id: str, order_id: int) -> None:
    """Invoices one order of a job, or records why it cannot be; delivered twice, it does so once.

    Orders that come at the same time share one transaction. A fault that may pass (deadlock, lost
    connection, timeout) is raised, so that the message is tried again; what is left after the last
    try, the sweep sends anew.
    """
    job, organization_id = _addressed(job_id, order_id)
    fault = groups.commit((organization_id, job), order_id)
    if isinstance(fault, TriedBefore):
        with _suspects:
            _finish(_try_again(organization_id, job, order_id))
    elif fault:
        raise fault


def _addressed(job_id: object, order_id: object) -> tuple[uuid.UUID, int]:
    if not isinstance(job_id, str) or not isinstance(order_id, int):
        raise Undeliverable(f"create_invoice({job_id!r}, {order_id!r}) names no order of a job")
    try:
        job = uuid.UUID(job_id)
        return job, organization_of(job)
    except ValueError:
        raise Undeliverable(f"{job_id!r} is not the id of a job") from None
    except NoResultFound:
        raise _deleted(job) from None


def _deleted(job_id: uuid.UUID) -> Undeliverable:
    return Undeliverable(f"job {job_id} does not exist")


def _work(key: tuple[int, uuid.UUID], order_ids: Sequence[int]) -> Mapping[int, Exception | None]:
    """Ends the orders of one group, and says of each what keeps its message from being done."""
    organization_id, job = key
    try:
        taken = take_up(organization_id, job, order_ids)
    except NoResultFound:
        raise _deleted(job) from None
    except Exception as error:
        if len(order_ids) == 1:
            raise
        return _postponed(order_ids, error)
    if taken.started:
        bus.offer(taken.started)
    faults: dict[int, Exception | None] = dict.fromkeys(order_ids)
    faults.update((order_id, TriedBefore()) for order_id in taken.repeated)
    if taken.fresh:
        faults.update(_run_together(organization_id, job, taken.fresh))
    sizes.count(len(order_ids))
    return faults


def _run_together(
    organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Mapping[int, Exception | None]:
    if len(order_ids) > 1:
        try:
            _finish(run_items(organization_id, job_id, order_ids, dispatch.to_send))
            return {}
        except Exception as error:
            if concerns_all(error):
                give_back(organization_id, job_id, order_ids)
                return _postponed(order_ids, error)
            logger.warning("%d orders of job %s go one by one: %s", len(order_ids), job_id, error)
    return _run_one_by_one(organization_id, job_id, order_ids)


def _run_one_by_one(
    organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]
) -> Mapping[int, Exception | None]:
    """So that only the guilty one fails."""
    faults: dict[int, Exception | None] = {}
    for place, order_id in enumerate(order_ids):
        try:
            _finish(_try(organization_id, job_id, order_id))
        except Exception as error:
            faults[order_id] = error
            if concerns_all(error):
                return faults | _postponed(order_ids[place + 1 :], error)
    return faults


def _postponed(order_ids: Sequence[int], error: Exception) -> dict[int, Exception | None]:
    if order_ids:
        logger.warning("%d orders come again: %s %s", len(order_ids), type(error).__name__, error)
    return {order_id: Postponed(type(error).__name__) for order_id in order_ids}


def _finish(committed: Committed | None) -> None:
    if committed:
        dispatch.follow(committed.state, committed.next_orders)
        bus.offer(committed.state, committed.errors)


def _try(organization_id: int, job_id: uuid.UUID, order_id: int) -> Committed | None:
    try:
        return run_items(organization_id, job_id, [order_id], dispatch.to_send)
    except JobNotRunning as error:
        raise Postponed(type(error).__name__) from None
    except Exception as error:
        if may_pass(error):
            raise
        return _fail_unexpectedly(organization_id, job_id, order_id)


def _try_again(organization_id: int, job_id: uuid.UUID, order_id: int) -> Committed | None:
    attempt = count_attempt(organization_id, job_id, order_id)
    if attempt <= MAX_ATTEMPTS:
        return _try(organization_id, job_id, order_id) if attempt else None
    return _fail(
        organization_id,
        job_id,
        order_id,
        code="gave_up_after_retries",
        message=f"Work on the order began {MAX_ATTEMPTS} times and never came to an end.",
        remedy="Ask whoever operates Billmill to look at the workers' log, then retry.",
    )


def _fail_unexpectedly(organization_id: int, job_id: uuid.UUID, order_id: int) -> Committed | None:
    reference = uuid.uuid4().hex[:12]
    logger.exception("Order %s of job %s failed, reference %s", order_id, job_id, reference)
    return _fail(
        organization_id,
        job_id,
        order_id,
        code="unexpected_error",
        message=f"The invoice could not be written because of an unexpected error ({reference}).",
        remedy=f"Give the reference {reference} to whoever operates Billmill, then retry.",
    )


def _fail(
    organization_id: int, job_id: uuid.UUID, order_id: int, *, code: str, message: str, remedy: str
) -> Committed | None:
    with org_transaction(organization_id) as session:
        order = load_orders(session, [order_id]).get(order_id)
    number = order.order_number if order else ""
    return fail_item(
        organization_id,
        job_id,
        ItemError(order_id, number, code=code, message=message, field="order", remedy=remedy),
        dispatch.to_send,
    )


sizes = GroupSizes()
groups = GroupCommit(
    _work,
    max_size=MAX_GROUP,
    max_commits=MAX_COMMITS,
    contend=lambda key: key[0],  # an organisation's jobs wait for each other's numbers
)
