"""Takes in a batch: the job and one item per order, in one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Uuid

from models.audit import Author, record_act
from models.batch_job import BatchJob, BatchJobItem
from models.database import org_transaction
from models.errors import FieldError, InvalidRequest
from models.job_status import Priority
from models.order_choice import MAX_ITEMS, check_count, check_ids, check_known
from models.order_search import OrderFilter, oldest_matching
from models.time_ordered_id import time_ordered_id

# The rows of the largest job, which are checked once they are all there, stay in memory; and each
# filter is planned for what it asks for.
_ROOM = text(
    """
    SELECT set_config('work_mem', '64MB', true),
           set_config('plan_cache_mode', 'force_custom_plan', true)
    """
)


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, from where, and how.

    The same `idempotency_key` with the same request names the same job, however often it comes.
    """

    user_id: int
    priority: str = Priority.NORMAL
    idempotency_key: str | None = None
    source_address: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that now stands for a request; not new where its idempotency key was known."""

    job_id: uuid.UUID
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Job:
    """What is stored of a request, but for its items."""

    organization_id: int
    submission: Submission
    request_hash: str
    request: dict[str, Any]


# Oldest first: the lower numbers go to the earlier orders. Each order is looked up by its id, where
# a join might read all orders instead.
_ITEMS_BY_IDS = text(
    """
    INSERT INTO batch_job_items (organization_id, job_id, order_id, position)
    SELECT :organization_id, :job_id, o.id, row_number() OVER (ORDER BY o.order_date, o.id)
    FROM unnest(:ids) AS asked (id),
         LATERAL (SELECT id, order_date FROM orders WHERE id = asked.id OFFSET 0) AS o
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("job_id", type_=Uuid))


def submit_orders(
    organization_id: int, order_ids: Sequence[int], submission: Submission
) -> Submitted:
    """Stores a job for these orders.

    Raises `InvalidRequest` (no_orders, too_many_orders, duplicate_order_ids, unknown_order_ids,
    idempotency_key_reused); nothing is stored then.
    """
    check_ids(order_ids)
    request_hash = _hash({"order_ids": list(order_ids), "priority": submission.priority})

    def store(session: Session) -> uuid.UUID:
        check_known(session, order_ids)
        job = _Job(organization_id, submission, request_hash, {"order_ids": len(order_ids)})
        job_id = _insert_job(session, job, len(order_ids))
        session.execute(
            _ITEMS_BY_IDS,
            {"organization_id": organization_id, "job_id": job_id, "ids": list(order_ids)},
        )
        return job_id

    return _once(organization_id, submission, request_hash, store)


def submit_matching(
    organization_id: int, order_filter: OrderFilter, submission: Submission
) -> Submitted:
    """Stores a job for all orders that match.

    Raises `InvalidRequest` (no_orders_match, too_many_orders, idempotency_key_reused); nothing is
    stored then.
    """
    stated = _stated(order_filter)
    request_hash = _hash({"filter": stated, "priority": submission.priority})

    def store(session: Session) -> uuid.UUID:
        job = _Job(organization_id, submission, request_hash, {"filter": stated})
        # The count is known only after the insert; the real one follows in this transaction.
        job_id = _insert_job(session, job, 1)
        count = _insert_matching(session, organization_id, job_id, order_filter)
        if count == 0:
            raise InvalidRequest("No order matches the filter.", code="no_orders_match")
        check_count(count)
        session.execute(update(BatchJob).where(BatchJob.id == job_id).values(total_items=count))
        return job_id

    return _once(organization_id, submission, request_hash, store)


def _once(
    organization_id: int,
    submission: Submission,
    request_hash: str,
    store: Callable[[Session], uuid.UUID],
) -> Submitted:
    """Stores the job unless its key is known; of two requests at once, one finds the other's."""
    try:
        return _store(organization_id, submission, request_hash, store)
    except IntegrityError:
        if submission.idempotency_key is None:
            raise
        return _store(organization_id, submission, request_hash, store)


def _store(
    organization_id: int,
    submission: Submission,
    request_hash: str,
    store: Callable[[Session], uuid.UUID],
) -> Submitted:
    with org_transaction(organization_id) as session:
        known = _known_job(session, submission.idempotency_key, request_hash)
        if known is not None:
            return Submitted(known, is_new=False)
        job_id = store(session)
        author = Author(submission.user_id, submission.source_address)
        record_act(session, organization_id, author, "job.submitted", job_id=job_id)
        return Submitted(job_id, is_new=True)


def _known_job(session: Session, key: str | None, request_hash: str) -> uuid.UUID | None:
    if key is None:
        return None
    job = session.scalars(select(BatchJob).where(BatchJob.idempotency_key == key)).one_or_none()
    if job is None:
        return None
    if job.request_hash != request_hash:
        message = "This idempotency key was used before, with another request."
        remedy = "Use a new key for each new request."
        code = "idempotency_key_reused"
        error = FieldError("Idempotency-Key", code, message, remedy)
        raise InvalidRequest(message, code=code, errors=[error])
    return job.id


def _hash(request: dict[str, Any]) -> str:
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def _insert_matching(
    session: Session, organization_id: int, job_id: uuid.UUID, order_filter: OrderFilter
) -> int:
    # Read in the order of the positions, by an index where there is one: nothing is left to sort.
    matching = oldest_matching(session, order_filter).limit(MAX_ITEMS + 1).subquery()
    items = select(
        literal(organization_id, BigInteger),
        literal(job_id, Uuid),
        matching.c.id,
        func.row_number().over(order_by=(matching.c.order_date, matching.c.id)),
    )
    session.execute(_ROOM)
    inserted = session.execute(
        insert(BatchJobItem).from_select(
            ["organization_id", "job_id", "order_id", "position"], items
        ),
        execution_options={"preserve_rowcount": True},
    )
    count: int = inserted.rowcount  # type: ignore[attr-defined]
    return count


def _insert_job(session: Session, job: _Job, total_items: int) -> uuid.UUID:
    submission = job.submission
    keyed = submission.idempotency_key is not None
    return session.scalars(
        insert(BatchJob)
        .values(
            id=time_ordered_id(),
            organization_id=job.organization_id,
            total_items=total_items,
            priority=submission.priority,
            created_by=submission.user_id,
            idempotency_key=submission.idempotency_key,
            request_hash=job.request_hash if keyed else None,
            payload={"request": job.request, "requested_by": submission.user_id},
        )
        .returning(BatchJob.id)
    ).one()


def _stated(order_filter: OrderFilter) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(order_filter).items() if value is not None}
