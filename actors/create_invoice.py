"""One message, one order: the actor that makes invoices."""

from __future__ import annotations

import logging
import uuid

import dramatiq
from sqlalchemy.exc import DBAPIError, NoResultFound, OperationalError

from actors import broker, dispatch
from actors.progress import bus
from models.database import org_transaction
from models.job_progress import ItemError
from models.job_run import (
    Committed,
    JobNotStarted,
    fail_item,
    organization_of,
    run_items,
    start_job,
)
from models.order_source import load_orders

logger = logging.getLogger(__name__)


@dramatiq.actor(queue_name=broker.INVOICES)
def create_invoice(job_id: str, order_id: int) -> None:
    """Invoices one order of a job, or records why it cannot be; delivered twice, it does so once.

    A fault that may pass (deadlock, lost connection, timeout) is raised, so that the message is
    tried again; what is left after the last try, the sweep sends anew.
    """
    job = uuid.UUID(job_id)
    try:
        organization_id = organization_of(job)
    except NoResultFound:
        logger.warning("Message for job %s, which does not exist, is dropped", job)
        return
    try:
        committed = _invoice(organization_id, job, order_id)
    except JobNotStarted:
        if started := start_job(organization_id, job):
            bus.offer(started)
        committed = _invoice(organization_id, job, order_id)
    if committed:
        bus.offer(committed.state, committed.errors)
        dispatch.refill(organization_id, committed.state, ended=1)


def _invoice(organization_id: int, job_id: uuid.UUID, order_id: int) -> Committed | None:
    try:
        return run_items(organization_id, job_id, [order_id])
    except (OperationalError, JobNotStarted):
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return _fail(organization_id, job_id, order_id)
    except Exception:
        return _fail(organization_id, job_id, order_id)


def _fail(organization_id: int, job_id: uuid.UUID, order_id: int) -> Committed | None:
    reference = uuid.uuid4().hex[:12]
    logger.exception("Order %s of job %s failed, reference %s", order_id, job_id, reference)
    with org_transaction(organization_id) as session:
        order = load_orders(session, [order_id]).get(order_id)
    error = ItemError(
        order_id=order_id,
        order_number=order.order_number if order else "",
        code="unexpected_error",
        message=f"The invoice could not be written because of an unexpected error ({reference}).",
        field="order",
        remedy=f"Give the reference {reference} to whoever operates Billmill, then retry.",
    )
    return fail_item(organization_id, job_id, error)
