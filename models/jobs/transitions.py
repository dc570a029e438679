"""The only code that changes a job's status or counters.

Each change is one conditional UPDATE, and what it returns decides: no row means that the job was
not in a status that allows it. The job's row is locked last in a group's transaction (after its
items, orders and number series), so no two transactions can wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from sqlalchemy import Integer, Table, Update, bindparam, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from models.errors import ForbiddenTransition, NotFound
from models.jobs.error_list import appended, error_list, without
from models.jobs.state import STATE_COLUMNS, ItemError, JobState
from models.jobs.status import RETRYABLE, RUNNABLE, TRANSITIONS, JobStatus
from models.tables.batch_job import BatchJob

# The table and not the entity, which would cost each statement the detour over the ORM.
_JOBS = cast("Table", BatchJob.__table__)
_JOB = _JOBS.c


def start(session: Session, job_id: uuid.UUID) -> JobState | None:
    """pending → processing; None when the job is already under way or over."""
    return _change(session, _begin(job_id, JobStatus.PENDING))


def pause(session: Session, job_id: uuid.UUID) -> JobState:
    """pending or processing → paused. Raises `NotFound` and `ForbiddenTransition`."""
    statement = _transition(job_id, JobStatus.PAUSED, JobStatus.PENDING, JobStatus.PROCESSING)
    return _change(session, statement) or _forbidden(session, job_id, "paused")


def resume(session: Session, job_id: uuid.UUID) -> JobState:
    """paused → processing. Raises `NotFound` and `ForbiddenTransition`."""
    changed = _change(session, _begin(job_id, JobStatus.PAUSED))
    return changed or _forbidden(session, job_id, "resumed")


def reset(session: Session, job_id: uuid.UUID) -> JobState:
    """processing → pending, for a job that is stuck; a pending one stays as it is.

    Raises `NotFound` and `ForbiddenTransition`.
    """
    statement = (
        update(_JOBS)
        .where(_JOB.id == job_id, _JOB.status.in_(RUNNABLE))
        .values(status=JobStatus.PENDING, started_at=None)
    )
    return _change(session, statement) or _forbidden(session, job_id, "reset")


def cancel(session: Session, job_id: uuid.UUID) -> JobState:
    """pending, processing or paused → cancelled; the open items follow.

    Raises `NotFound` and `ForbiddenTransition`.
    """
    statement = _transition(
        job_id, JobStatus.CANCELLED, JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.PAUSED
    ).values(completed_at=func.now())
    return _change(session, statement) or _forbidden(session, job_id, "cancelled")


def reopen(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> JobState:
    """Takes failed orders, whose items were just made pending, back into the counters.

    completed or failed → processing; a job that still runs goes on. Raises `NotFound` and
    `ForbiddenTransition`, also when there is no such order.
    """
    if not order_ids:
        _refuse_empty_retry(session, job_id)
    statement = (
        update(_JOBS)
        .where(_JOB.id == job_id, _JOB.status.in_(RETRYABLE))
        .values(
            status=JobStatus.PROCESSING,
            completed_at=None,
            failed_items=_JOB.failed_items - len(order_ids),
            errors=without(order_ids),
        )
    )
    return _change(session, statement) or _forbidden(session, job_id, "retried")


def lock_window(session: Session, job_id: uuid.UUID) -> int | None:
    """The window of a processing job, which nobody else changes until the transaction ends."""
    return session.scalar(_LOCK_WINDOW, {"of_job": job_id})


def record(
    session: Session,
    job_id: uuid.UUID,
    *,
    succeeded: int,
    errors: Sequence[ItemError],
    to_send: int,
) -> JobState | None:
    """Counts items that just ended, and ends the job with its last one.

    Moves `sent_position` on by `to_send`, and the window grows or shrinks by what this is more or
    less than ended. None when the job is not processing (cancelled or reset meanwhile): the caller
    must roll back.
    """
    failed = len(errors)
    counts = {"succeeded": succeeded, "failed": failed, "ended": succeeded + failed}
    parameters = {"of_job": job_id, "to_send": to_send, **counts}
    if not errors:
        return _changed(session, _RECORD, parameters)
    return _changed(session, _RECORD_ERRORS, parameters | {"new_errors": error_list(errors)})


def record_cancelled(session: Session, job_id: uuid.UUID, count: int) -> JobState:
    """Counts items of a cancelled job that were just cancelled."""
    statement = (
        update(_JOBS)
        .where(_JOB.id == job_id, _JOB.status == JobStatus.CANCELLED)
        .values(cancelled_items=_JOB.cancelled_items + count)
    )
    return _change(session, statement) or _forbidden(session, job_id, "cancelled")


def end_if_all_ended(session: Session, job_id: uuid.UUID) -> JobState | None:
    """Ends a processing job that has no open item, as after a reset; None when it has some."""
    return _change(
        session,
        update(_JOBS)
        .where(
            _JOB.id == job_id,
            _JOB.status == JobStatus.PROCESSING,
            _counted() == _JOB.total_items,
        )
        .values(**_end_if(literal(True), 0)),
    )


def send_more(session: Session, job_id: uuid.UUID, count: int, window: int) -> JobState | None:
    """Moves `sent_position` on by `count`, for a window of this size.

    None when the job is not to be worked on.
    """
    return _change(
        session,
        update(_JOBS)
        .where(_JOB.id == job_id, _JOB.status.in_(RUNNABLE))
        .values(sent_position=_JOB.sent_position + count, window_size=window),
    )


def _begin(job_id: uuid.UUID, source: JobStatus) -> Update:
    return _transition(job_id, JobStatus.PROCESSING, source).values(
        started_at=func.coalesce(_JOB.started_at, func.now())
    )


def _transition(job_id: uuid.UUID, target: JobStatus, *sources: JobStatus) -> Update:
    unknown = [source for source in sources if (source, target) not in TRANSITIONS]
    if unknown:
        raise ValueError(f"no job goes from {unknown} to {target}")
    return update(_JOBS).where(_JOB.id == job_id, _JOB.status.in_(sources)).values(status=target)


def _change(session: Session, statement: Update) -> JobState | None:
    return _changed(session, _telling(statement))


def _telling(statement: Update) -> ReturningUpdate[*tuple[Any, ...]]:
    """The statement as every change of a job is made: with a new revision, returning the state."""
    return statement.values(revision=_JOB.revision + 1, updated_at=func.now()).returning(
        *STATE_COLUMNS
    )


def _changed(
    session: Session,
    statement: ReturningUpdate[*tuple[Any, ...]],
    parameters: Mapping[str, Any] | None = None,
) -> JobState | None:
    changed = session.execute(statement, parameters).one_or_none()
    return None if changed is None else JobState.of(changed)


def _counted() -> Any:
    return _JOB.successful_items + _JOB.failed_items + _JOB.cancelled_items


def _end_if(condition: Any, succeeded: Any) -> dict[str, Any]:
    outcome = case(
        (_JOB.cancelled_items > 0, JobStatus.CANCELLED),  # an operator reset a cancelled job
        (_JOB.successful_items + succeeded > 0, JobStatus.COMPLETED),
        else_=JobStatus.FAILED,
    )
    return {
        "status": case((condition, outcome), else_=_JOB.status),
        "completed_at": case((condition, func.now()), else_=_JOB.completed_at),
    }


def _forbidden(session: Session, job_id: uuid.UUID, done: str) -> NoReturn:
    raise ForbiddenTransition(f"The job is {_status(session, job_id)} and cannot be {done}.")


def _refuse_empty_retry(session: Session, job_id: uuid.UUID) -> NoReturn:
    status = _status(session, job_id)
    if status not in RETRYABLE:
        _forbidden(session, job_id, "retried")
    raise ForbiddenTransition(
        f"The job is {status}, and there is nothing to retry: none of the chosen orders failed, or "
        "those that did have been invoiced or cancelled since."
    )


def _status(session: Session, job_id: uuid.UUID) -> str:
    status: str | None = session.scalar(select(_JOB.status).where(_JOB.id == job_id))
    if status is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return status


def _recording() -> Update:
    succeeded, failed, ended, to_send = (
        bindparam(name, type_=Integer) for name in ("succeeded", "failed", "ended", "to_send")
    )
    return (
        update(_JOBS)
        .where(_JOB.id == bindparam("of_job"), _JOB.status == JobStatus.PROCESSING)
        .values(
            successful_items=_JOB.successful_items + succeeded,
            failed_items=_JOB.failed_items + failed,
            sent_position=_JOB.sent_position + to_send,
            window_size=func.greatest(_JOB.window_size + (to_send - ended), 0),
            **_end_if(_counted() + ended == _JOB.total_items, succeeded),
        )
    )


# Each group runs these: built anew each time, they cost a group of few orders a sixth of its time.
_LOCK_WINDOW = (
    select(_JOB.window_size)
    .where(_JOB.id == bindparam("of_job"), _JOB.status == JobStatus.PROCESSING)
    .with_for_update(key_share=True)
)
_RECORD = _telling(_recording())
_RECORD_ERRORS = _telling(
    _recording().values(errors=appended(bindparam("new_errors", type_=JSONB)))
)
