"""The only code that changes a job's status or counters.

Each change is one conditional UPDATE, and what it returns decides: no row means that the job was
not in a status that allows it. The job's row is locked last in a group's transaction (after its
items, orders and number series), so no two transactions can wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Update, case, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from models.batch_job import BatchJob
from models.errors import ForbiddenTransition, NotFound
from models.job_progress import ItemError, JobState
from models.job_status import RUNNABLE, JobStatus, sources

# `batch_job_queue.errors` is a taste for people with psql; the complete list is in the items.
MAX_JOB_ERRORS = 100


def start(session: Session, job_id: uuid.UUID) -> JobState | None:
    """pending → processing; None when the job is already under way or over."""
    return _change(
        session,
        _transition(job_id, JobStatus.PROCESSING).values(
            started_at=func.coalesce(BatchJob.started_at, func.now())
        ),
    )


def record(
    session: Session, job_id: uuid.UUID, *, succeeded: int, errors: Sequence[ItemError]
) -> JobState | None:
    """Counts items that just ended, and ends the job with its last one.

    Moves `sent_position` on by as many: the places that ended are free for the next messages.
    None when the job is not processing (cancelled or reset meanwhile): the caller must roll back.
    """
    ended = succeeded + len(errors)
    statement = (
        update(BatchJob)
        .where(BatchJob.id == job_id, BatchJob.status == JobStatus.PROCESSING)
        .values(
            successful_items=BatchJob.successful_items + succeeded,
            failed_items=BatchJob.failed_items + len(errors),
            sent_position=BatchJob.sent_position + ended,
            **_end_if(_counted() + ended == BatchJob.total_items, succeeded),
        )
    )
    if errors:
        statement = statement.values(errors=_appended(errors))
    return _change(session, statement)


def end_if_all_ended(session: Session, job_id: uuid.UUID) -> JobState | None:
    """Ends a job that has no open item, as after a reset; None when there is nothing to end."""
    return _change(
        session,
        update(BatchJob)
        .where(
            BatchJob.id == job_id,
            BatchJob.status.in_(RUNNABLE),
            _counted() == BatchJob.total_items,
        )
        .values(
            started_at=func.coalesce(BatchJob.started_at, func.now()),
            **_end_if(literal(True), 0),
        ),
    )


def cancel(session: Session, job_id: uuid.UUID) -> JobState:
    """pending or processing → cancelled; the open items follow in `cancel_open_items`.

    Raises `NotFound`, and `ForbiddenTransition` when the job is over.
    """
    changed = _change(
        session, _transition(job_id, JobStatus.CANCELLED).values(completed_at=func.now())
    )
    return changed or _forbidden(session, job_id, JobStatus.CANCELLED)


_CANCEL_OPEN_ITEMS = text(
    """
    UPDATE batch_job_items SET status = 'cancelled', ended_at = now()
    WHERE job_id = :job_id AND order_id IN (
        SELECT order_id FROM batch_job_items
        WHERE job_id = :job_id AND status = 'pending'
        ORDER BY position LIMIT :limit FOR UPDATE)
    """
)


def cancel_open_items(session: Session, job_id: uuid.UUID, *, limit: int) -> tuple[JobState, int]:
    """Ends up to `limit` open items of a cancelled job; also says how many there were.

    A group that holds some of them finds the job cancelled at its end and rolls back, so waiting
    for its locks is short.
    """
    cancelled = session.execute(_CANCEL_OPEN_ITEMS, {"job_id": job_id, "limit": limit})
    count: int = cancelled.rowcount  # type: ignore[attr-defined]
    changed = _change(
        session,
        update(BatchJob)
        .where(BatchJob.id == job_id, BatchJob.status == JobStatus.CANCELLED)
        .values(cancelled_items=BatchJob.cancelled_items + count),
    )
    if changed is None:
        raise ForbiddenTransition(f"The job {job_id} is no longer cancelled.")
    return changed, count


def send_more(session: Session, job_id: uuid.UUID, count: int) -> JobState | None:
    """Moves `sent_position` on by `count`; None when the job is not to be worked on."""
    return _change(
        session,
        update(BatchJob)
        .where(BatchJob.id == job_id, BatchJob.status.in_(RUNNABLE))
        .values(sent_position=BatchJob.sent_position + count),
    )


def _transition(job_id: uuid.UUID, target: JobStatus) -> Update:
    return (
        update(BatchJob)
        .where(BatchJob.id == job_id, BatchJob.status.in_(sources(target)))
        .values(status=target)
    )


def _change(session: Session, statement: Update) -> JobState | None:
    changed = session.scalars(
        statement.values(revision=BatchJob.revision + 1, updated_at=func.now()).returning(BatchJob),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).one_or_none()
    return None if changed is None else JobState.of(changed)


def _counted() -> Any:
    return BatchJob.successful_items + BatchJob.failed_items + BatchJob.cancelled_items


def _end_if(condition: Any, succeeded: int) -> dict[str, Any]:
    outcome = case(
        (BatchJob.successful_items + succeeded > 0, JobStatus.COMPLETED), else_=JobStatus.FAILED
    )
    return {
        "status": case((condition, outcome), else_=BatchJob.status),
        "completed_at": case((condition, func.now()), else_=BatchJob.completed_at),
    }


def _appended(errors: Collection[ItemError]) -> Any:
    added = literal([error.as_dict() for error in errors][:MAX_JOB_ERRORS], JSONB)
    bounded = func.jsonb_path_query_array(
        BatchJob.errors.op("||")(added), text(f"'$[0 to {MAX_JOB_ERRORS - 1}]'::jsonpath")
    )
    return case(
        (func.jsonb_array_length(BatchJob.errors) < MAX_JOB_ERRORS, bounded), else_=BatchJob.errors
    )


def _forbidden(session: Session, job_id: uuid.UUID, target: JobStatus) -> JobState:
    status = session.scalar(select(BatchJob.status).where(BatchJob.id == job_id))
    if status is None:
        raise NotFound(f"There is no batch job {job_id}.")
    raise ForbiddenTransition(f"The job is {status}; it can no longer become {target}.")
