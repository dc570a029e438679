"""Submitting a batch: stores the job and one item per order in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import TotalChanged
from models.jobs import items
from models.jobs.idempotency import hash_of, known_job
from models.jobs.search import FoundJob, find_job
from models.jobs.status import Priority
from models.orders.named_orders import check_count, check_ids, check_known, no_orders_match
from models.orders.search import OrderFilter
from models.tables.batch_job import BatchJob
from models.time_ordered_id import time_ordered_id


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, from where, with which API token (if any), and how.

    The same `idempotency_key` with the same request always names the same job. `expected_total` is
    how many orders the user has seen; None skips this check. The audit log says when an operator
    submits in the user's name (`by_operator`).
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
    """The job of a request; not new when its idempotency key was known.

    `found` is the job as the commit left it.
    """

    job_id: uuid.UUID
    is_new: bool
    found: FoundJob


@dataclass(frozen=True, slots=True)
class _NewJob:
    """What is stored of a request, except for its items."""

    id: uuid.UUID
    organization_id: int
    submission: Submission
    request_hash: str
    request: dict[str, Any]


def submit_orders(
    organization_id: int, order_ids: Sequence[int], submission: Submission
) -> Submitted:
    """Stores a job for these orders.

    Raises `InvalidRequest` (no_orders, too_many_orders, duplicate_order_ids, unknown_order_ids,
    idempotency_key_reused) or `TotalChanged`; nothing is stored then.
    """
    check_ids(order_ids)
    return _submit(organization_id, order_ids, submission)


def submit_matching(
    organization_id: int, order_filter: OrderFilter, submission: Submission
) -> Submitted:
    """Stores a job for all orders that match.

    Raises `InvalidRequest` (no_orders_match, too_many_orders, idempotency_key_reused) or
    `TotalChanged`; nothing is stored then.
    """
    return _submit(organization_id, order_filter, submission)


def _submit(
    organization_id: int, chosen: Sequence[int] | OrderFilter, submission: Submission
) -> Submitted:
    """Stores the job unless its key is known; of two requests at once, one finds the job."""
    try:
        return _store(organization_id, chosen, submission)
    except IntegrityError:
        if submission.idempotency_key is None:
            raise
        return _store(organization_id, chosen, submission)


def _store(
    organization_id: int, chosen: Sequence[int] | OrderFilter, submission: Submission
) -> Submitted:
    if isinstance(chosen, OrderFilter):
        request: dict[str, Any] = {"filter": _stated(chosen)}
        request_hash = hash_of(request, submission.priority, submission.expected_total)
    else:
        request = {"order_ids": len(chosen)}
        request_hash = hash_of(
            {"order_ids": list(chosen)}, submission.priority, submission.expected_total
        )
    with org_transaction(organization_id) as session:
        known = known_job(session, submission.idempotency_key, request_hash)
        if known is not None:
            return Submitted(known, is_new=False, found=find_job(session, known))
        job = _NewJob(time_ordered_id(), organization_id, submission, request_hash, request)
        if isinstance(chosen, OrderFilter):
            count = _insert_matching(session, job, chosen)
        else:
            count = _insert_named(session, job, chosen)
        _record_submission(session, job, count)
        return Submitted(job.id, is_new=True, found=find_job(session, job.id))


def _insert_named(session: Session, job: _NewJob, order_ids: Sequence[int]) -> int:
    check_known(session, order_ids)
    _check_total(job.submission, len(order_ids))
    _insert_job(session, job, len(order_ids))
    items.insert_items(session, job.organization_id, job.id, order_ids)
    return len(order_ids)


def _insert_matching(session: Session, job: _NewJob, order_filter: OrderFilter) -> int:
    # 1 is a placeholder: the count is known after the insert, and replaces it in this transaction.
    _insert_job(session, job, 1)
    count = items.insert_matching_items(session, job.organization_id, job.id, order_filter)
    if count == 0:
        raise no_orders_match()
    check_count(count)
    _check_total(job.submission, count)
    session.execute(update(BatchJob).where(BatchJob.id == job.id).values(total_items=count))
    return count


def _record_submission(session: Session, job: _NewJob, count: int) -> None:
    submission = job.submission
    author = Author(submission.user_id, submission.source_address, submission.token_id)
    noted: dict[str, Any] = {"orders": count, "priority": submission.priority}
    if "filter" in job.request:
        noted["filter"] = job.request["filter"]
    if submission.by_operator:
        noted["by"] = "operator"
    record_act(session, job.organization_id, author, "job.submitted", job_id=job.id, **noted)


def _check_total(submission: Submission, count: int) -> None:
    if submission.expected_total not in (None, count):
        raise TotalChanged(submission.expected_total, count)


def _insert_job(session: Session, job: _NewJob, total_items: int) -> None:
    submission = job.submission
    keyed = submission.idempotency_key is not None
    session.execute(
        insert(BatchJob).values(
            id=job.id,
            organization_id=job.organization_id,
            total_items=total_items,
            priority=submission.priority,
            created_by=submission.user_id,
            idempotency_key=submission.idempotency_key,
            request_hash=job.request_hash if keyed else None,
            payload={"request": job.request, "requested_by": submission.user_id},
        )
    )


def _stated(order_filter: OrderFilter) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(order_filter).items() if value is not None}
