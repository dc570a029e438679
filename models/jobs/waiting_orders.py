"""Which orders wait in an active job."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from models.id_arrays import IdArray
from models.jobs.status import ACTIVE
from models.planner import FENCE

# The fence makes PostgreSQL look up each item by its primary key (job and order). That is one
# lookup per active job and order, so only the newest jobs of each status are considered.
_NEWEST = 10
_WAITING = text(
    f"""
    SELECT wanted.id, job.id
    FROM unnest(:statuses) AS open (status),
         LATERAL (
             SELECT id FROM batch_job_queue
             WHERE organization_id = current_setting('billmill.organization_id')::bigint
               AND status = open.status
             ORDER BY created_at DESC LIMIT :newest
         ) AS job,
         unnest(:ids) AS wanted (id),
         LATERAL (
             SELECT status FROM batch_job_items
             WHERE job_id = job.id AND order_id = wanted.id {FENCE}
         ) AS item
    WHERE item.status = 'pending'
    ORDER BY job.id DESC
    """  # noqa: S608 - the fence is ours
).bindparams(bindparam("ids", type_=IdArray()), bindparam("statuses", type_=ARRAY(Text)))


def waiting_in_jobs(session: Session, order_ids: Sequence[int]) -> dict[int, UUID]:
    """The active job in which each order waits, if any; the oldest of several.

    Considers the newest `_NEWEST` jobs of each active status.
    """
    if not order_ids:
        return {}
    parameters = {"ids": list(order_ids), "statuses": sorted(ACTIVE), "newest": _NEWEST}
    # The oldest job comes last, so it overwrites the others in the dict.
    return dict(session.execute(_WAITING, parameters).all())
