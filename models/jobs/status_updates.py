"""The only code that changes a job's status or counters.

Every change is one conditional UPDATE, and its result decides: no row means that the job was not in
a status that allows the change. `_transition` builds each UPDATE of a status from `TRANSITIONS`
(`transitions.py`), and `_end_of` decides whether a job ends as completed, failed or cancelled.
A group's transaction locks the job's row last (after its items, orders and number series), so no
two transactions can wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Table,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from models.errors import ForbiddenTransition, NotFound
from models.jobs.error_list import appended, error_list, without
from models.jobs.published_state import STATE_COLUMNS, ItemError, JobState
from models.jobs.status import RUNNABLE, JobStatus
from models.jobs.transitions import RETRYABLE, Change, sources, targets
from models.tables.batch_job import BatchJob

Statement = ReturningUpdate[*tuple[Any, ...]]

# The table and not the entity: the ORM would make each statement slower.
_JOBS = cast("Table", BatchJob.__table__)
_JOB = _JOBS.c
_COUNTED = _JOB.successful_items + _JOB.failed_items + _JOB.cancelled_items


def start(session: Session, job_id: uuid.UUID) -> JobState | None:
    """pending → processing; None when the job is already under way or over."""
    return _changed(session, _START, job_id)


def pause(session: Session, job_id: uuid.UUID) -> JobState:
    """pending or processing → paused. Raises `NotFound` and `ForbiddenTransition`."""
    return _changed(session, _PAUSE, job_id) or _forbidden(session, job_id, "paused")


def resume(session: Session, job_id: uuid.UUID) -> JobState:
    """paused → processing. Raises `NotFound` and `ForbiddenTransition`."""
    return _changed(session, _RESUME, job_id) or _forbidden(session, job_id, "resumed")


def reset(session: Session, job_id: uuid.UUID) -> JobState:
    """processing → pending, for a job that is stuck; a pending one stays as it is.

    Raises `NotFound` and `ForbiddenTransition`.
    """
    return _changed(session, _RESET, job_id) or _forbidden(session, job_id, "reset")


def cancel(session: Session, job_id: uuid.UUID) -> JobState:
    """pending, processing or paused → cancelled; the caller cancels the open items next.

    Raises `NotFound` and `ForbiddenTransition`.
    """
    return _changed(session, _CANCEL, job_id) or _forbidden(session, job_id, "cancelled")


def reopen(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> JobState:
    """Counts failed orders as open again; the caller has just made their items pending.

    completed or failed → processing; a processing job stays processing. Raises `NotFound` and
    `ForbiddenTransition`, also when there is no such order.
    """
    if not order_ids:
        _refuse_empty_retry(session, job_id)
    retried = {"retried": len(order_ids), "order_ids": list(order_ids)}
    return _changed(session, _RETRY, job_id, retried) or _forbidden(session, job_id, "retried")


def lock_window(session: Session, job_id: uuid.UUID) -> int | None:
    """The window size of a processing job; no other transaction changes it before this one ends."""
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

    Moves `sent_position` on by `to_send`; the window changes by `to_send` less the items that
    ended. None when the job is not processing (cancelled or reset meanwhile): the caller must roll
    back.
    """
    failed = len(errors)
    counts = {"succeeded": succeeded, "failed": failed, "ended": succeeded + failed}
    parameters: dict[str, Any] = {"to_send": to_send, **counts}
    if not errors:
        return _changed(session, _RECORD, job_id, parameters)
    parameters["new_errors"] = error_list(errors)
    return _changed(session, _RECORD_ERRORS, job_id, parameters)


def record_cancelled(session: Session, job_id: uuid.UUID, count: int) -> JobState:
    """Counts items of a cancelled job that were just cancelled."""
    state = _changed(session, _RECORD_CANCELLED, job_id, {"cancelled": count})
    return state or _forbidden(session, job_id, "cancelled")


def end_if_all_ended(session: Session, job_id: uuid.UUID) -> JobState | None:
    """Ends a processing job without open items, for example after a reset; None if it has some."""
    return _changed(session, _END, job_id)


def send_more(session: Session, job_id: uuid.UUID, count: int, window: int) -> JobState | None:
    """Moves `sent_position` on by `count`, for a window of this size.

    None when the job is not runnable.
    """
    return _changed(session, _SEND_MORE, job_id, {"to_send": count, "window": window})


def _transition(
    change: Change,
    outcomes: Mapping[JobStatus, ColumnElement[bool]] | None = None,
    *,
    or_already_there: bool = False,
) -> Update:
    """The UPDATE that moves one job's status along the edges of a change in `TRANSITIONS`.

    If there are several targets, the first one whose condition in `outcomes` holds is taken; if
    none holds, the status stays. With `or_already_there` the UPDATE also matches a job that already
    has the target status.
    """
    leads_to = targets(change)
    found_in = sources(change) | (leads_to if or_already_there else frozenset())
    status: JobStatus | ColumnElement[str]
    if outcomes is None:
        (status,) = leads_to
    elif outcomes.keys() != leads_to:
        raise ValueError(f"{change} leads to {sorted(leads_to)}, not to {sorted(outcomes)}")
    else:
        cases = ((condition, literal(target)) for target, condition in outcomes.items())
        status = case(*cases, else_=_JOB.status)
    return _update_in(found_in).values(status=status)


def _update_in(statuses: frozenset[JobStatus]) -> Update:
    """An UPDATE of a job that has one of these statuses."""
    has_status = or_(*(_JOB.status == status for status in sorted(statuses)))
    return update(_JOBS).where(_JOB.id == bindparam("of_job"), has_status)


def _returning_state(statement: Update) -> Statement:
    """Increments the revision, as every change of a job does, and returns the new state."""
    return statement.values(revision=_JOB.revision + 1, updated_at=func.now()).returning(
        *STATE_COLUMNS
    )


def _changed(
    session: Session,
    statement: Statement,
    job_id: uuid.UUID,
    parameters: Mapping[str, Any] | None = None,
) -> JobState | None:
    changed = session.execute(statement, {"of_job": job_id, **(parameters or {})}).one_or_none()
    return None if changed is None else JobState.of(changed)


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


def _count(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer)


def _end_of(ended: ColumnElement[int], succeeded: ColumnElement[int]) -> Update:
    """Ends a processing job if `ended` more items are its last ones; otherwise its status stays."""
    is_last = _COUNTED + ended == _JOB.total_items
    outcomes = {
        JobStatus.CANCELLED: is_last & (_JOB.cancelled_items > 0),
        JobStatus.COMPLETED: is_last & (_JOB.successful_items + succeeded > 0),
        JobStatus.FAILED: is_last,
    }
    completed_at = case((is_last, func.now()), else_=_JOB.completed_at)
    return _transition(Change.END, outcomes).values(completed_at=completed_at)


def _recording() -> Update:
    return _end_of(_count("ended"), _count("succeeded")).values(
        successful_items=_JOB.successful_items + _count("succeeded"),
        failed_items=_JOB.failed_items + _count("failed"),
        sent_position=_JOB.sent_position + _count("to_send"),
        window_size=func.greatest(_JOB.window_size + (_count("to_send") - _count("ended")), 0),
    )


_NOW_STARTED = func.coalesce(_JOB.started_at, func.now())

# Every statement that changes a job. They are built once: building them for each group would take a
# sixth of the time of a small group.
_START = _returning_state(_transition(Change.START).values(started_at=_NOW_STARTED))
_PAUSE = _returning_state(_transition(Change.PAUSE))
_RESUME = _returning_state(_transition(Change.RESUME).values(started_at=_NOW_STARTED))
_RESET = _returning_state(_transition(Change.RESET, or_already_there=True).values(started_at=None))
_CANCEL = _returning_state(_transition(Change.CANCEL).values(completed_at=func.now()))
_RETRY = _returning_state(
    _transition(Change.RETRY, or_already_there=True).values(
        completed_at=None,
        failed_items=_JOB.failed_items - _count("retried"),
        errors=without(bindparam("order_ids", type_=ARRAY(BigInteger))),
    )
)
_RECORD = _returning_state(_recording())
_RECORD_ERRORS = _returning_state(
    _recording().values(errors=appended(bindparam("new_errors", type_=JSONB)))
)
_END = _returning_state(_end_of(literal(0), literal(0)).where(_JOB.total_items == _COUNTED))
_RECORD_CANCELLED = _returning_state(
    _update_in(frozenset({JobStatus.CANCELLED})).values(
        cancelled_items=_JOB.cancelled_items + _count("cancelled")
    )
)
_SEND_MORE = _returning_state(
    _update_in(RUNNABLE).values(
        sent_position=_JOB.sent_position + _count("to_send"), window_size=_count("window")
    )
)

_LOCK_WINDOW = (
    select(_JOB.window_size)
    .where(_JOB.id == bindparam("of_job"), _JOB.status == JobStatus.PROCESSING)
    .with_for_update(key_share=True)
)
