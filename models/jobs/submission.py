"""Takes in a batch: the job and one item per order, in one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import InvalidRequest, TotalChanged
from models.invoicing.finding import Finding
from models.jobs.item_insert import insert_items, insert_matching_items
from models.jobs.search import FoundJob, find_job
from models.jobs.status import Priority
from models.orders.search import OrderFilter
from models.orders.selection import check_count, check_ids, check_known, no_orders_match
from models.tables.batch_job import BatchJob
from models.time_ordered_id import time_ordered_id

KEY_REUSED: Final = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, from where, with which API token if with any, and how.

    The same `idempotency_key` with the same request names the same job, however often it comes.
    `expected_total` is how many orders whoever submits has seen; None expects nothing. Where an
    operator submits in the user's name (`by_operator`), the audit log says so.
    """

    user_id: int
    priority: str = Priority.NORMAL
    idempotency_key: str | None = None
    source_address: str | None = None
    token_id: int | None = None
    expected_total: int | None = None
    by_operator: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that now stands for a request; not new where its idempotency key was known.

    `found` is the job as the commit left it.
    """

    job_id: uuid.UUID
    is_new: bool
    found: FoundJob


@dataclass(frozen=True, slots=True)
class _Job:
    """What is stored of a request, but for its items."""

    organization_id: int
    submission: Submission
    request_hash: str
    request: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Stored:
    """A job that is stored now, and what the audit log notes of it."""

    job_id: uuid.UUID
    noted: dict[str, Any]


def submit_orders(
    organization_id: int, order_ids: Sequence[int], submission: Submission
) -> Submitted:
    """Stores a job for these orders.

    Raises `InvalidRequest` (no_orders, too_many_orders, duplicate_order_ids, unknown_order_ids,
    idempotency_key_reused) or `TotalChanged`; nothing is stored then.
    """
    check_ids(order_ids)
    request_hash = _hash({"order_ids": list(order_ids)}, submission)

    def store(session: Session) -> _Stored:
        check_known(session, order_ids)
        _check_total(submission, len(order_ids))
        job = _Job(organization_id, submission, request_hash, {"order_ids": len(order_ids)})
        job_id = _insert_job(session, job, len(order_ids))
        insert_items(session, organization_id, job_id, order_ids)
        return _Stored(job_id, {"orders": len(order_ids), "priority": submission.priority})

    return _once(organization_id, submission, request_hash, store)


def submit_matching(
    organization_id: int, order_filter: OrderFilter, submission: Submission
) -> Submitted:
    """Stores a job for all orders that match.

    Raises `InvalidRequest` (no_orders_match, too_many_orders, idempotency_key_reused) or
    `TotalChanged`; nothing is stored then.
    """
    stated = _stated(order_filter)
    request_hash = _hash({"filter": stated}, submission)

    def store(session: Session) -> _Stored:
        job = _Job(organization_id, submission, request_hash, {"filter": stated})
        # The count is known only after the insert; the real one follows in this transaction.
        job_id = _insert_job(session, job, 1)
        count = insert_matching_items(session, organization_id, job_id, order_filter)
        if count == 0:
            raise no_orders_match()
        check_count(count)
        _check_total(submission, count)
        session.execute(update(BatchJob).where(BatchJob.id == job_id).values(total_items=count))
        noted = {"orders": count, "filter": stated, "priority": submission.priority}
        return _Stored(job_id, noted)

    return _once(organization_id, submission, request_hash, store)


def _once(
    organization_id: int,
    submission: Submission,
    request_hash: str,
    store: Callable[[Session], _Stored],
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
    store: Callable[[Session], _Stored],
) -> Submitted:
    with org_transaction(organization_id) as session:
        known = _known_job(session, submission.idempotency_key, request_hash)
        if known is not None:
            return Submitted(known, is_new=False, found=find_job(session, known))
        stored = store(session)
        noted = stored.noted | ({"by": "operator"} if submission.by_operator else {})
        author = Author(submission.user_id, submission.source_address, submission.token_id)
        record_act(session, organization_id, author, "job.submitted", job_id=stored.job_id, **noted)
        found = find_job(session, stored.job_id)
        return Submitted(stored.job_id, is_new=True, found=found)


def _known_job(session: Session, key: str | None, request_hash: str) -> uuid.UUID | None:
    if key is None:
        return None
    job = session.scalars(select(BatchJob).where(BatchJob.idempotency_key == key)).one_or_none()
    if job is None:
        return None
    if job.request_hash != request_hash:
        message = "This idempotency key was used before, with another request."
        remedy = "Use a new key for each new request."
        raise InvalidRequest.of(Finding(KEY_REUSED, message, "Idempotency-Key", remedy))
    return job.id


def _check_total(submission: Submission, count: int) -> None:
    if submission.expected_total not in (None, count):
        raise TotalChanged(submission.expected_total, count)


def _hash(orders: dict[str, Any], submission: Submission) -> str:
    request = {**orders, "priority": submission.priority}
    if submission.expected_total is not None:
        request["expected_total"] = submission.expected_total
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


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
