"""Every minute, checks orders again whose reason for attention is outdated.

That is so after a change of the rules (a new version of Billmill) or of an organisation's data, and
for orders that something else than Billmill has written. Whoever writes orders here marks them.
"""

from __future__ import annotations

import logging
from time import monotonic

import dramatiq
from periodiq import cron
from redis.exceptions import RedisError
from sqlalchemy import select

from actors import unexpected_errors
from actors.broker import SWEEP, broker
from models.database import crossing_transaction, org_transaction
from models.orders.attention import CHUNK, mark_outdated
from models.tables.organization import Organization

logger = logging.getLogger(__name__)

# How long the sweeper checks orders before it handles its next message.
SLICE_SECONDS = 4.0
# A locked row must not hold up the sweeper's other work.
_TIMEOUTS = {"lock_timeout": "1s", "statement_timeout": "15s"}


# Lower priority than the sweep. No retries: the next minute does the same.
@dramatiq.actor(
    broker=broker, queue_name=SWEEP, periodic=cron("* * * * *"), max_retries=0, priority=20
)
def check_attention() -> None:
    """Checks one slice of orders; a new message at the end of the queue does the rest."""
    if not check_outdated(SLICE_SECONDS):
        try:
            check_attention.send()
        except RedisError as error:
            logger.warning("The check of orders continues with the next minute: %s", error)


def check_outdated(seconds: float) -> bool:
    """Checks the outdated orders of all organisations in turn, a thousand per transaction.

    Starts no transaction after `seconds`. Returns whether all are checked.
    """
    deadline = monotonic() + seconds
    with crossing_transaction("sweep") as session:
        due = list(session.scalars(select(Organization.id).order_by(Organization.id)))
    while due and monotonic() < deadline:
        # In turn, so that no organisation waits for all orders of another.
        due = [organization_id for organization_id in due if _check_some(organization_id)]
    return not due


def _check_some(organization_id: int) -> bool:
    """Checks up to a thousand orders; whether there may be more."""
    try:
        with org_transaction(organization_id, settings=_TIMEOUTS) as session:
            return mark_outdated(session, organization_id) == CHUNK
    except Exception as error:
        # An error with one organisation must not keep the others.
        message = "The orders of organisation %s could not be checked"
        unexpected_errors.note("check_attention", error, message, organization_id)
        return False
