"""What is published about a job: its state after a commit, and a watcher's first snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, bindparam, select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.invoicing.finding import Finding
from models.jobs.outcome_elsewhere import CLOSED
from models.jobs.results import totals_by_currency
from models.jobs.status import ENDED, ItemStatus, is_cancelling
from models.tables.batch_job import BatchJob, BatchJobItem
from models.tables.order import Order

SNAPSHOT_ERRORS = 20
COUNTED = ("total", "processed", "successful", "failed", "cancelled", "pending")
"""The counters of a job, each named `<name>_items`."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one order of a job got no invoice."""

    order_id: int
    order_number: str
    finding: Finding

    def as_dict(self) -> dict[str, Any]:
        """The shape of `errors` in events and in `batch_job_queue.errors`."""
        return {
            "order_id": self.order_id,
            "order_number": self.order_number,
            "code": self.finding.code,
            "message": self.finding.message,
            "field": self.finding.field,
            "remedy": self.finding.remedy,
        }


@dataclass(frozen=True, slots=True)
class JobState:
    """A job's status and counters as one commit left them; a higher revision is newer."""

    organization_id: int
    job_id: uuid.UUID
    revision: int
    status: str
    total_items: int
    successful_items: int
    failed_items: int
    cancelled_items: int
    started_at: str | None
    completed_at: str | None
    sent_position: int
    window_size: int
    priority: str

    @classmethod
    def of(cls, job: BatchJob | Row[*tuple[Any, ...]]) -> Self:
        """The state that a row with `STATE_COLUMNS` shows."""
        return cls(
            organization_id=job.organization_id,
            job_id=job.id,
            revision=job.revision,
            status=job.status,
            total_items=job.total_items,
            successful_items=job.successful_items,
            failed_items=job.failed_items,
            cancelled_items=job.cancelled_items,
            started_at=job.started_at.isoformat() if job.started_at else None,
            completed_at=job.completed_at.isoformat() if job.completed_at else None,
            sent_position=job.sent_position,
            window_size=job.window_size,
            priority=job.priority,
        )

    @property
    def id(self) -> uuid.UUID:
        """The job's id."""
        return self.job_id

    @property
    def has_results(self) -> bool:
        """Whether an order has ended; the first event with a result is not delayed."""
        return self.processed_items > 0

    @property
    def processed_items(self) -> int:
        """How many orders ended with an invoice or a failure."""
        return self.successful_items + self.failed_items

    @property
    def pending_items(self) -> int:
        """How many orders have not ended yet."""
        return self.total_items - self.processed_items - self.cancelled_items

    @property
    def is_cancelling(self) -> bool:
        """Whether the job is cancelled, but some of its orders are still to be released."""
        return is_cancelling(self.status, self.pending_items)

    @property
    def ended(self) -> bool:
        """Whether the job is over, unless a person retries it."""
        return self.status in ENDED and self.pending_items == 0

    def as_dict(self) -> dict[str, Any]:
        """The scalar fields of every event and of the Redis hash `job:{id}`."""
        return {
            "job_id": str(self.job_id),
            "revision": self.revision,
            "status": self.status,
            "total_items": self.total_items,
            "processed_items": self.processed_items,
            "successful_items": self.successful_items,
            "failed_items": self.failed_items,
            "cancelled_items": self.cancelled_items,
            "pending_items": self.pending_items,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
        }


# All columns of a job except large ones, which no commit needs. They are the table's and not the
# entity's, whose statements would go through the ORM.
_JOB = BatchJob.__table__.c
STATE_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _JOB.organization_id,
    _JOB.id,
    _JOB.revision,
    _JOB.status,
    _JOB.total_items,
    _JOB.successful_items,
    _JOB.failed_items,
    _JOB.cancelled_items,
    _JOB.started_at,
    _JOB.completed_at,
    _JOB.sent_position,
    _JOB.window_size,
    _JOB.priority,
)
_STATUS = select(_JOB.status).where(_JOB.id == bindparam("job_id"))


def job_state(session: Session, job_id: uuid.UUID) -> JobState:
    """The job's state now; raises `NotFound`."""
    job = session.execute(select(*STATE_COLUMNS).where(BatchJob.id == job_id)).one_or_none()
    if job is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return JobState.of(job)


def job_status(session: Session, job_id: uuid.UUID) -> str | None:
    """The job's status now; None when there is no such job."""
    return session.scalar(_STATUS, {"job_id": job_id})


def job_snapshot(session: Session, job_id: uuid.UUID) -> dict[str, Any]:
    """The `snapshot` event: state, the latest errors, and the money once the job has ended.

    Raises `NotFound`.
    """
    state = job_state(session, job_id)
    return {
        "type": "snapshot",
        **state.as_dict(),
        "errors": [error.as_dict() for error in latest_errors(session, job_id)],
        "totals": job_totals(session, job_id) if state.ended else [],
    }


def latest_errors(session: Session, job_id: uuid.UUID) -> Sequence[ItemError]:
    """The last `SNAPSHOT_ERRORS` failed orders, oldest first, without those that were closed
    since."""
    rows = session.execute(
        select(
            Order.id,
            Order.order_number,
            Order.status,
            BatchJobItem.error_code,
            BatchJobItem.error_message,
            BatchJobItem.error_field,
            BatchJobItem.error_remedy,
        )
        .join(Order, Order.id == BatchJobItem.order_id)
        .where(BatchJobItem.job_id == job_id, BatchJobItem.status == ItemStatus.FAILED)
        .order_by(BatchJobItem.position.desc())
        .limit(SNAPSHOT_ERRORS)
    ).all()
    return [
        ItemError(order_id, number, Finding(code or "", message or "", field or "", remedy or ""))
        for order_id, number, status, code, message, field, remedy in reversed(rows)
        if status not in CLOSED
    ]


def job_totals(session: Session, job_id: uuid.UUID) -> list[dict[str, Any]]:
    """What the job invoiced, a row per currency: `currency, count, net, tax, gross` (strings)."""
    return [
        {
            "currency": total.currency,
            "count": total.count,
            "net": str(total.net),
            "tax": str(total.tax),
            "gross": str(total.gross),
        }
        for total in (exact.rounded() for exact in totals_by_currency(session, job_id))
    ]
