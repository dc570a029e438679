"""Batch jobs, and one item for each order of a job."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.jobs.status import ItemStatus, JobStatus, Priority, is_cancelling
from models.tables import organization, user  # noqa: F401 - foreign keys name them

INVOICE_GENERATION = "bulk_invoice_generation"

# What the sweep checks: active jobs, and ended ones that left orders open.
UNFINISHED = (
    "status IN ('pending', 'processing', 'paused') "
    "OR successful_items + failed_items + cancelled_items < total_items"
)


def _one_of(column: str, values: type[JobStatus] | type[ItemStatus] | type[Priority]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class BatchJob(Base):
    """One request to invoice many orders, with its counters.

    The pending orders are the rest: total - successful - failed - cancelled. `revision` grows with
    every change and so orders the job's events. Messages were sent for the items up to
    `sent_position`, which may be past the last item; `window_size` of them should be in flight at
    once. The database adds up the processing time in `worked`, and sets `working_since` while the
    job is processing (`models/migrations/job_history.py`).
    """

    __tablename__ = "batch_job_queue"
    __table_args__ = (
        UniqueConstraint("organization_id", "id", name="batch_job_queue_in_organization"),
        CheckConstraint(f"job_type = '{INVOICE_GENERATION}'", name="batch_job_queue_type"),
        CheckConstraint(_one_of("status", JobStatus), name="batch_job_queue_status"),
        CheckConstraint(_one_of("priority", Priority), name="batch_job_queue_priority"),
        CheckConstraint(
            "total_items > 0 AND successful_items >= 0 AND failed_items >= 0 "
            "AND cancelled_items >= 0 "
            "AND successful_items + failed_items + cancelled_items <= total_items",
            name="batch_job_queue_counters",
        ),
        CheckConstraint(
            "status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL",
            name="batch_job_queue_ended",
        ),
        CheckConstraint("sent_position >= 0", name="batch_job_queue_sent_position"),
        CheckConstraint("window_size >= 0", name="batch_job_queue_window"),
        CheckConstraint(
            "(idempotency_key IS NULL) = (request_hash IS NULL)",
            name="batch_job_queue_idempotency",
        ),
        Index(
            "batch_job_queue_idempotency_key",
            "organization_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("batch_job_queue_by_time", "organization_id", "created_at", "id"),
        Index("batch_job_queue_by_status", "organization_id", "status", "created_at", "id"),
        Index("batch_job_queue_by_end", "organization_id", "completed_at"),
        Index(
            "batch_job_queue_unfinished",
            "created_at",
            postgresql_where=text(UNFINISHED),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        Uuid, primary_key=True, server_default=text("gen_random_uuid()")
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    job_type: Mapped[str] = mapped_column(Text, server_default=INVOICE_GENERATION)
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    priority: Mapped[str] = mapped_column(Text, server_default="normal")
    total_items: Mapped[int] = mapped_column(Integer)
    processed_items: Mapped[int] = mapped_column(
        Integer, Computed("successful_items + failed_items", persisted=True)
    )
    successful_items: Mapped[int] = mapped_column(Integer, server_default="0")
    failed_items: Mapped[int] = mapped_column(Integer, server_default="0")
    cancelled_items: Mapped[int] = mapped_column(Integer, server_default="0")
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[str | None] = mapped_column(Text)
    sent_position: Mapped[int] = mapped_column(Integer, server_default="0")
    window_size: Mapped[int] = mapped_column(Integer, server_default="0")
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Timestamp)
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    working_since: Mapped[datetime | None] = mapped_column(Timestamp)
    worked: Mapped[timedelta] = mapped_column(INTERVAL, server_default=text("'00:00:00'::interval"))
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")

    @property
    def pending_items(self) -> int:
        """How many orders have not ended yet."""
        return self.total_items - self.processed_items - self.cancelled_items

    @property
    def is_cancelling(self) -> bool:
        """Whether the job is cancelled but has not released all its orders yet."""
        return is_cancelling(self.status, self.pending_items)

    def seconds_worked(self, now: datetime) -> float | None:
        """How long the job was processing until `now`, without pauses; None if it never was."""
        worked = self.worked
        if self.working_since is not None:
            worked += max(now - self.working_since, timedelta())
        return worked.total_seconds() if worked or self.started_at else None


class BatchJobItem(Base):
    """One order of a job and its outcome.

    Triggers check that job, order and invoice exist (`models/migrations/item_references`).
    `attempts` counts how often work on it began, `duplicate_deliveries` how many messages came
    after it had ended and changed nothing.
    """

    __tablename__ = "batch_job_items"
    __table_args__ = (
        CheckConstraint(_one_of("status", ItemStatus), name="batch_job_items_status"),
        CheckConstraint(
            "(status = 'succeeded') = (invoice_id IS NOT NULL)", name="batch_job_items_invoiced"
        ),
        CheckConstraint(
            "(status = 'failed') = (error_code IS NOT NULL)", name="batch_job_items_reason"
        ),
        Index("batch_job_items_by_status", "job_id", "status", "position"),
        Index(
            "batch_job_items_by_reason",
            "job_id",
            "error_code",
            "position",
            postgresql_where=text("status = 'failed'"),
        ),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    duplicate_deliveries: Mapped[int] = mapped_column(Integer, server_default="0")
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    error_field: Mapped[str | None] = mapped_column(Text)
    error_remedy: Mapped[str | None] = mapped_column(Text)
    invoice_id: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(Timestamp)
