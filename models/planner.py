"""PostgreSQL's planner: every setting and trick that keeps a plan quick, each with its reason.

The planner estimates from the statistics of the last ANALYZE. A new job, a new import and tables
that were just filled are unknown to it, so a plan that looks cheap may read a whole table.
The settings of this page hold until the end of a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import org_transaction


def _off(*ways: str) -> dict[str, str]:
    return {f"enable_{way}": "off" for way in ways}


Settings = Mapping[str, str]

# To look up the items of a job by their key, one after the other: a job that ANALYZE has not seen
# is estimated at one row, and a pass over the whole job then looks as cheap as 64 lookups.
LOOKUPS: Final[Settings] = MappingProxyType(
    _off("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")
)

# The transaction of a group. One that waits for a lock holds up the others of its process, and its
# messages come again. It ends before the time limit of a message, which would strike in the middle.
GROUP: Final[Settings] = MappingProxyType(
    {**LOOKUPS, "lock_timeout": "5s", "statement_timeout": "15s"}
)

# To read the items of a job in their order, some thousand at a time: a plan that sorts reads the
# rest of the job for each thousand.
ITEMS_IN_ORDER: Final[Settings] = MappingProxyType({**LOOKUPS, **_off("sort")})

# To list a page: its few rows come from an index in order, or are looked up. They are never
# gathered and sorted, nor scanned for in parallel. Which index is best depends on the filter, so
# that a plan for any parameter fits none.
PAGES: Final[Settings] = MappingProxyType(
    _off("seqscan", "bitmapscan")
    | {"max_parallel_workers_per_gather": "0", "plan_cache_mode": "force_custom_plan"}
)

# To submit all orders that match: each filter is planned for what it asks for, and the rows of the
# largest job, which triggers check when all are there, stay in memory.
SUBMIT: Final[Settings] = MappingProxyType(
    {"work_mem": "64MB", "plan_cache_mode": "force_custom_plan"}
)

# To compare a batch of an import with what is stored: the statistics lag behind the import itself.
IMPORT: Final[Settings] = MappingProxyType(_off("seqscan"))

# PostgreSQL keeps the plans of a connection's statements and foreign keys until the tables are
# analysed. Plans made while `invoices` was empty read all invoices of the organisation for each
# line: ten thousand invoices later they cost four times the rest.
_DISCARD_PLANS = text("DISCARD PLANS")


@contextmanager
def group_transaction(organization_id: int) -> Iterator[Session]:
    """A transaction for the orders of one group, of which many are at work at once."""
    with org_transaction(organization_id, settings=GROUP) as session:
        _renew_plans(session)
        yield session


def _renew_plans(session: Session) -> None:
    """Drops the connection's plans at its 1st, 2nd, 4th, 8th ... group: the tables may have doubled
    since."""
    known_of = session.connection().info
    count = known_of["groups"] = known_of.get("groups", 0) + 1
    if count.bit_count() == 1:
        session.execute(_DISCARD_PLANS)
