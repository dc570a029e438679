"""Imports as runs: what each did, the file that it reads, its findings, and where it can resume."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Timestamp
from models.order_import.runs.status import ENDED, ImportStatus
from models.tables import api_token, organization, user  # noqa: F401 - foreign keys name them


def _one_of(statuses: frozenset[ImportStatus]) -> str:
    return f"status IN ({', '.join(repr(status.value) for status in sorted(statuses))})"


def _of_run(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["organization_id", "run_id"],
        ["import_runs.organization_id", "import_runs.id"],
        name=name,
        ondelete="CASCADE",
    )


class ImportRun(Base):
    """One import of a file.

    `revision` grows with every change. `batches` were committed; only a worker that has read as far
    may commit the next one. `slice` is the number of the message that may work on the run, so an
    older message changes nothing. Until `lease_until` a process outside the queue works on it.
    `attempts` counts how often work began since the last commit. `settings` is what reading the
    file depends on and what may change meanwhile, such as the organisation's currency.
    """

    __tablename__ = "import_runs"
    __table_args__ = (
        UniqueConstraint("organization_id", "id", name="import_runs_in_organization"),
        CheckConstraint(_one_of(frozenset(ImportStatus)), name="import_runs_status"),
        CheckConstraint(
            f"({_one_of(ENDED)}) = (completed_at IS NOT NULL)", name="import_runs_ended"
        ),
        CheckConstraint(
            "(status = 'failed') = (error_code IS NOT NULL)", name="import_runs_failed"
        ),
        CheckConstraint(
            "(idempotency_key IS NULL) = (request_hash IS NULL)", name="import_runs_idempotency"
        ),
        CheckConstraint(
            "size_bytes >= 0 AND bytes_read >= 0 AND rows >= 0 AND orders_created >= 0 "
            "AND orders_updated >= 0 AND orders_unchanged >= 0 AND orders_rejected >= 0 "
            "AND customers_created >= 0 AND customers_updated >= 0 AND error_count >= 0 "
            "AND change_count >= 0 AND customer_change_count >= 0 "
            "AND batches >= 0 AND slice >= 0 AND attempts >= 0",
            name="import_runs_counters",
        ),
        ForeignKeyConstraint(
            ["organization_id", "api_token_id"],
            ["api_tokens.organization_id", "api_tokens.id"],
            name="import_runs_api_token",
        ),
        Index(
            "import_runs_idempotency_key",
            "organization_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("import_runs_by_time", "organization_id", "created_at", "id"),
        Index("import_runs_by_status", "organization_id", "status", "created_at", "id"),
        Index("import_runs_by_file", "organization_id", "sha256", "created_at"),
        Index(
            "import_runs_open",
            "created_at",
            postgresql_where=text("status IN ('pending', 'processing')"),
        ),
        Index(
            "import_runs_with_file",
            "created_at",
            postgresql_where=text("file_deleted_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    file_name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    dialect: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bytes_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    orders_created: Mapped[int] = mapped_column(Integer, server_default="0")
    orders_updated: Mapped[int] = mapped_column(Integer, server_default="0")
    orders_unchanged: Mapped[int] = mapped_column(Integer, server_default="0")
    orders_rejected: Mapped[int] = mapped_column(Integer, server_default="0")
    customers_created: Mapped[int] = mapped_column(Integer, server_default="0")
    customers_updated: Mapped[int] = mapped_column(Integer, server_default="0")
    error_count: Mapped[int] = mapped_column(Integer, server_default="0")
    change_count: Mapped[int] = mapped_column(Integer, server_default="0")
    customer_change_count: Mapped[int] = mapped_column(Integer, server_default="0")
    stored: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    ignored_columns: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    batches: Mapped[int] = mapped_column(Integer, server_default="0")
    slice: Mapped[int] = mapped_column(Integer, server_default="0")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    lease_until: Mapped[datetime | None] = mapped_column(Timestamp)
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    api_token_id: Mapped[int | None] = mapped_column(BigInteger)
    source_address: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Timestamp)
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    file_deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")


class ImportFileChunk(Base):
    """A part of a run's file, at most 256 KiB, so that web and workers share one store."""

    __tablename__ = "import_file_chunks"
    __table_args__ = (
        _of_run("import_file_chunks_run"),
        CheckConstraint("length(bytes) BETWEEN 1 AND 262144", name="import_file_chunks_size"),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    bytes: Mapped[bytes] = mapped_column(LargeBinary)


class ImportBatch(Base):
    """How the orders of a committed batch were stored, to read the file again up to that point.

    `outcomes` has one byte per order, `orders_hash` is of their numbers; `error_count` and
    `orders_rejected` count from the file's beginning. Deleted when the run ends.
    """

    __tablename__ = "import_batches"
    __table_args__ = (_of_run("import_batches_run"),)

    organization_id: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch: Mapped[int] = mapped_column(Integer, primary_key=True)
    outcomes: Mapped[bytes] = mapped_column(LargeBinary)
    orders_hash: Mapped[bytes] = mapped_column(LargeBinary)
    error_count: Mapped[int] = mapped_column(Integer)
    orders_rejected: Mapped[int] = mapped_column(Integer)


class ImportFinding(Base):
    """What is wrong on a line of a run's file; `position` counts from 1 in the order found."""

    __tablename__ = "import_findings"
    __table_args__ = (_of_run("import_findings_run"),)

    organization_id: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    field: Mapped[str | None] = mapped_column("column", Text)
    code: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)


class ImportRejectedOrders(Base):
    """The numbers of the orders that a batch rejected, for the download of their rows."""

    __tablename__ = "import_rejected_orders"
    __table_args__ = (_of_run("import_rejected_orders_run"),)

    organization_id: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    batch: Mapped[int] = mapped_column(Integer, primary_key=True)
    numbers: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ImportChange(Base):
    """What a run changed on what was stored: an order, or a value of a customer's record.

    `details` are as in the report. The first ten thousand of each kind are kept; the run counts
    all. `position` counts from 1 within the kind.
    """

    __tablename__ = "import_changes"
    __table_args__ = (
        _of_run("import_changes_run"),
        CheckConstraint("kind IN ('order', 'customer')", name="import_changes_kind"),
    )

    organization_id: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
