"""What people do to the items of a job: cancel the open ones, and retry failed ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

from models.database import set_locally
from models.id_arrays import IdArray
from models.jobs.mended import MENDED, present_stamp
from models.jobs.outcome_elsewhere import CLOSED
from models.jobs.search import get_job
from models.planner import LOOKUPS


@dataclass(frozen=True, slots=True)
class Selection:
    """Which failed orders to retry: all, those of one error code, those named, or those that were
    `mended` and could be invoiced now; at most `limit`.

    All given conditions must hold. Orders that have since been invoiced or cancelled outside of the
    job are left out, because they would only fail again.
    """

    error_code: str | None = None
    order_ids: Sequence[int] | None = None
    limit: int | None = None
    mended: bool = False


# Both cancel a range of positions, because locking a list of orders first would write each row
# twice. Both lock rows in the order of their positions, so they cannot deadlock.
_CANCEL_FIRST = text(
    """
    UPDATE batch_job_items SET status = 'cancelled', ended_at = now()
    WHERE job_id = :job_id AND status = 'pending' AND position <= (
        SELECT max(position) FROM (
            SELECT position FROM batch_job_items
            WHERE job_id = :job_id AND status = 'pending' ORDER BY position LIMIT :limit) AS next)
    """
)
_CANCEL_LAST = text(
    """
    UPDATE batch_job_items SET status = 'cancelled', ended_at = now()
    WHERE job_id = :job_id AND status = 'pending' AND position >= (
        SELECT min(position) FROM (
            SELECT position FROM batch_job_items
            WHERE job_id = :job_id AND status = 'pending'
            ORDER BY position DESC LIMIT :limit) AS last)
    """
)
# Two retries at once would give their orders the same positions.
_LOCK_POSITIONS = text("SELECT pg_advisory_xact_lock(hashtext('line'), hashtext(:job_id))")
# A retried order gets a position behind all others, and behind every position that was ever sent. A
# scalar subquery finds the last position once; joined as a table, it would be computed per order.
_REOPEN = text(
    f"""
    WITH chosen AS (
        SELECT order_id FROM batch_job_items i
        WHERE job_id = :job_id AND status = 'failed'
          AND (CAST(:error_code AS text) IS NULL OR error_code = :error_code)
          AND (CAST(:order_ids AS bigint[]) IS NULL OR order_id = ANY(:order_ids))
          AND NOT EXISTS (SELECT FROM orders
                          WHERE orders.id = i.order_id AND orders.status = ANY(:closed))
          AND (NOT :mended OR EXISTS (SELECT FROM orders o WHERE o.id = i.order_id AND {MENDED}))
        ORDER BY position LIMIT :limit FOR UPDATE
    ), placed AS (
        SELECT order_id, row_number() OVER (ORDER BY order_id) AS place FROM chosen
    )
    UPDATE batch_job_items i
    SET status = 'pending', attempts = 0, ended_at = NULL,
        error_code = NULL, error_message = NULL, error_field = NULL, error_remedy = NULL,
        position = placed.place + greatest(
            (SELECT max(furthest.position)
             FROM unnest(ARRAY['pending', 'succeeded', 'failed', 'cancelled']) AS known (status),
             LATERAL (SELECT position FROM batch_job_items
                      WHERE job_id = :job_id AND status = known.status
                      ORDER BY position DESC LIMIT 1) AS furthest),
            (SELECT sent_position FROM batch_job_queue WHERE id = :job_id))
    FROM placed WHERE i.job_id = :job_id AND i.order_id = placed.order_id
    RETURNING i.order_id
    """  # noqa: S608 - conditions of our own
).bindparams(
    bindparam("order_ids", type_=IdArray()),
    bindparam("closed", list(CLOSED), type_=ARRAY(Text)),
    bindparam("stamp", type_=BigInteger),
)


def cancel_open_items(
    session: Session, job_id: uuid.UUID, *, limit: int, from_end: bool = False
) -> int:
    """Cancels up to `limit` open items, and returns how many.

    Begins with the first positions, or `from_end` with the last, so that two processes can share
    the work.
    """
    set_locally(session, LOOKUPS)
    statement = _CANCEL_LAST if from_end else _CANCEL_FIRST
    ended = session.execute(statement, {"job_id": job_id, "limit": limit})
    count: int = ended.rowcount  # type: ignore[attr-defined]
    return count


def reopen_failed_items(session: Session, job_id: uuid.UUID, selection: Selection) -> list[int]:
    """Makes failed items pending again, behind all other positions; returns their orders."""
    set_locally(session, LOOKUPS)
    session.execute(_LOCK_POSITIONS, {"job_id": str(job_id)})
    order_ids = None if selection.order_ids is None else list(selection.order_ids)
    stamp = present_stamp(session, get_job(session, job_id).organization_id)
    return list(
        session.scalars(
            _REOPEN,
            {
                "job_id": job_id,
                "error_code": selection.error_code,
                "order_ids": order_ids,
                "limit": selection.limit,
                "mended": selection.mended,
                "stamp": stamp,
            },
        )
    )
