"""PostgreSQL's planner: every setting and trick that keeps a plan quick, each with its reason.

The planner estimates from the statistics of the last ANALYZE. It knows nothing of a new job, a new
import or tables that were just filled, so a plan that looks cheap may read a whole table.
Figures were measured on 2026-11-28: on fresh tables (80,000 open orders that ANALYZE has not seen)
and on large ones (1,200,000 orders with 1,000,000 invoices, analysed). A group has 64 orders. Each
setting holds until the end of its transaction.

A trick that only one statement needs is explained beside it: `ctid` in invoices/writer.py, `IS
TRUE` in lists/search_text.py, row-level security's condition repeated in jobs/search.py, and the
lookups by customer and by range in lists/listing.py.
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


# To look up items of a job and their orders by key. Fresh, a group with sequential scans read
# 390,000 order lines instead of 192. With bitmap scans a cancel of 5,000 orders read all open ones
# (184,000 on large tables), and with materialised rows a group read 1,600 invoices for 64 orders.
LOOKUPS: Final[Mapping[str, str]] = MappingProxyType(_off("seqscan", "bitmapscan", "material"))

# The transaction of a group. While it waits for a lock it holds up the other groups of its process,
# so it gives up early: its messages are delivered again. It ends before a message's time limit.
GROUP: Final[Mapping[str, str]] = MappingProxyType(
    {**LOOKUPS, "lock_timeout": "5s", "statement_timeout": "15s"}
)

# To list a page: its few rows come from an index in order, or are looked up. With sequential scans
# the filters of the lists read ten times the rows on fresh tables, six times on large ones; with
# bitmap scans 6 % more on fresh ones. Without these settings a page of a job's items read all of a
# large job (179,000). Which index is best depends on the filter, so each execution gets its own
# plan; otherwise some filters took twice the time.
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    _off("seqscan", "bitmapscan") | {"plan_cache_mode": "force_custom_plan"}
)

# To submit all orders that match: each filter gets its own plan, as in `PAGES`. Fresh, the twelfth
# submit by a part of a number took 0.87 s with the plan that PostgreSQL keeps, 0.20 s with its own.
SUBMIT: Final[Mapping[str, str]] = MappingProxyType({"plan_cache_mode": "force_custom_plan"})

# To compare a batch of an import with what is stored: fresh, 1,000 orders read 720,000 rows with
# sequential scans, 141,000 without. Statistics always lag behind the import itself.
IMPORT: Final[Mapping[str, str]] = MappingProxyType(_off("seqscan"))

# A fence: PostgreSQL merges no subquery with OFFSET into the statement around it, and moves no
# condition into it. So `unnest(:ids) AS wanted (id), LATERAL (SELECT ... WHERE id = wanted.id
# OFFSET 0)` looks up each id by its key, whatever size the planner estimates for the table. Without
# it a group read 9,600,000 items fresh, and a page's 50 orders all items of the job. `id =
# ANY(:ids)` is no substitute: fresh, it walks through all of the organisation's orders in an index
# (48 ms for 64 ids instead of 2).
FENCE: Final = "OFFSET 0"

# PostgreSQL keeps the plans of a connection's statements and foreign keys until the tables are
# analysed. Plans made while `invoices` was empty read all invoices of the organisation for each
# line: after 6,000 invoices a group read 2,000,000 rows instead of 8,600 and took 1.2 s, not 0.04.
_DISCARD_PLANS = text("DISCARD PLANS")


@contextmanager
def group_transaction(organization_id: int) -> Iterator[Session]:
    """A transaction for the orders of one group."""
    with org_transaction(organization_id, settings=GROUP) as session:
        _renew_plans(session)
        yield session


def _renew_plans(session: Session) -> None:
    """Drops the plans at the connection's 1st, 2nd, 4th, 8th ... group.

    From one of these to the next, the tables may have doubled.
    """
    known_of = session.connection().info
    count = known_of["groups"] = known_of.get("groups", 0) + 1
    if count.bit_count() == 1:
        session.execute(_DISCARD_PLANS)
