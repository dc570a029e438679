"""The transaction of a group: quick to give up, and planned for what is there now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.jobs.items import BY_INDEX

# Whoever waits for a lock holds up the others of its process; the message comes again. All is over
# before the time limit of a message, which would strike in the middle.
SETTINGS = BY_INDEX | {"lock_timeout": "5s", "statement_timeout": "15s"}
# PostgreSQL keeps the plans of a connection's statements and foreign keys until the tables are
# analysed. Those made while `invoices` was empty read all invoices of the organisation for each
# line: ten thousand invoices later they cost four times the rest.
_DISCARD_PLANS = text("DISCARD PLANS")


@contextmanager
def group_transaction(organization_id: int) -> Iterator[Session]:
    """A transaction for the orders of one group, of which many are at work at once."""
    with org_transaction(organization_id, settings=SETTINGS) as session:
        _renew_plans(session)
        yield session


def _renew_plans(session: Session) -> None:
    """Has plans made anew whenever the tables may have doubled since, so ever more rarely."""
    known_of = session.connection().info
    count = known_of["groups"] = known_of.get("groups", 0) + 1
    if count.bit_count() == 1:
        session.execute(_DISCARD_PLANS)
