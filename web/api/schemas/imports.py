"""Imports as runs, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field

from models.order_import.runs.search import FoundRun
from models.order_import.runs.status import ImportStatus
from models.tables.import_run import ImportFinding as StoredFinding
from web.api.schemas.base import Code, Count, Shape


class ImportDialect(Shape):
    """How the file was read: its `format` (csv, xlsx or ods), and what belongs to that format."""

    format: str
    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None


class SameFileShape(Shape):
    """The latest earlier import of the very same file."""

    answers_ids: ClassVar = {"import_id": "id"}
    id: UUID
    created_at: datetime
    created_by: str | None


class ImportRun(Shape):
    """An import of a file: how far it has come, and what it did.

    `error_count` counts its findings, `change_count` the orders that it replaced,
    `customer_change_count` the values of customers' records that it changed. `stored` says
    whether anything was written. `created_by` is null for an import at the command line.
    `file_deleted_at` says when the file's time was over: rejected rows can no longer be had then.
    `error_code` and `error_message` say why it `failed`.
    """

    answers_ids: ClassVar = {"import_id": "id"}
    id: UUID
    status: ImportStatus
    file_name: str
    size_bytes: Count
    sha256: str = Field(description="In hexadecimal digits.")
    dialect: ImportDialect | None
    mapping: str | None
    allow_customer_changes: bool
    allow_undone_mends: bool
    bytes_read: Count
    rows: Count
    orders_created: Count
    orders_updated: Count
    orders_unchanged: Count
    orders_rejected: Count
    customers_created: Count
    customers_updated: Count
    error_count: Count
    change_count: Count
    customer_change_count: Count
    stored: bool
    ignored_columns: list[str]
    error_code: Code | None
    error_message: str | None
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    file_deleted_at: datetime | None
    same_file: SameFileShape | None
    revision: Count

    @classmethod
    def of(cls, found: FoundRun) -> Self:
        """The run as found."""
        run = found.run
        added = {
            "created_by": found.created_by,
            "same_file": found.same_file,
            "mapping": run.options.get("mapping"),
            "allow_customer_changes": run.options.get("allow_customer_changes", False),
            "allow_undone_mends": run.options.get("allow_undone_mends", False),
        }
        fields = {name: getattr(run, name) for name in cls.model_fields if name not in added}
        return cls.model_validate(fields | added)


class ImportFinding(Shape):
    """What is wrong on one line of a file; without a `column`, with the whole line."""

    line: Count
    column: str | None
    code: Code
    message: str
    remedy: str

    @classmethod
    def of(cls, found: StoredFinding) -> Self:
        """The finding as stored."""
        return cls(
            line=found.line,
            column=found.field,
            code=found.code,
            message=found.message,
            remedy=found.remedy,
        )
