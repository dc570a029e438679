"""Imports as runs: their tables, as the migration that adds them creates them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import row_security

_PARTS = (
    "import_file_chunks",
    "import_batches",
    "import_findings",
    "import_rejected_lines",
    "import_changes",
)
_SIZES = ("size_bytes", "bytes_read", "rows")
_COUNTERS = (
    "orders_created",
    "orders_updated",
    "orders_unchanged",
    "orders_rejected",
    "customers_created",
    "customers_updated",
    "error_count",
    "change_count",
    "customer_change_count",
    "batches",
    "slice",
    "attempts",
)


def create_runs() -> None:
    """One row per import; the sweep looks for those that no message works on."""
    op.create_table("import_runs", *_columns_of_runs(), *_constraints_of_runs())
    _index_runs()
    row_security.protect_table("import_runs")
    row_security.admit_crossing("import_runs", "sweep")


def _columns_of_runs() -> list[sa.Column[Any]]:
    moment = postgresql.TIMESTAMP(timezone=True)
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("settings", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("dialect", postgresql.JSONB(), nullable=True),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), server_default="0", nullable=False),
        *(sa.Column(n, sa.Integer(), server_default="0", nullable=False) for n in _COUNTERS),
        sa.Column("stored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ignored_columns", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("api_token_id", sa.BigInteger(), nullable=True),
        sa.Column("source_address", sa.Text(), nullable=True),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("completed_at", moment, nullable=True),
        sa.Column("file_deleted_at", moment, nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
    ]


def _constraints_of_runs() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint(
            "(status = 'failed') = (error_code IS NOT NULL)", name="import_runs_failed"
        ),
        sa.CheckConstraint(
            "(status IN ('cancelled', 'completed', 'failed', 'refused')) "
            "= (completed_at IS NOT NULL)",
            name="import_runs_ended",
        ),
        sa.CheckConstraint(
            "status IN ('cancelled', 'completed', 'failed', 'needs_mapping', 'pending', "
            "'processing', 'refused')",
            name="import_runs_status",
        ),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (request_hash IS NULL)", name="import_runs_idempotency"
        ),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in (*_SIZES, *_COUNTERS)),
            name="import_runs_counters",
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "api_token_id"],
            ["api_tokens.organization_id", "api_tokens.id"],
            name="import_runs_api_token",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="import_runs_in_organization"),
    ]


def _index_runs() -> None:
    op.create_index(
        "import_runs_by_file", "import_runs", ["organization_id", "sha256", "created_at"]
    )
    op.create_index(
        "import_runs_by_status", "import_runs", ["organization_id", "status", "created_at", "id"]
    )
    op.create_index("import_runs_by_time", "import_runs", ["organization_id", "created_at", "id"])
    op.create_index(
        "import_runs_idempotency_key",
        "import_runs",
        ["organization_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index(
        "import_runs_open",
        "import_runs",
        ["created_at"],
        postgresql_where=sa.text("status IN ('pending', 'processing')"),
    )
    op.create_index(
        "import_runs_with_file",
        "import_runs",
        ["created_at"],
        postgresql_where=sa.text("file_deleted_at IS NULL"),
    )


def create_parts() -> None:
    """What belongs to a run: its file, its committed batches, its findings and changes."""
    op.create_table(
        "import_file_chunks",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(bytes) BETWEEN 1 AND 262144", name="import_file_chunks_size"),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_file_chunks_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "seq"),
    )
    op.create_table(
        "import_batches",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.LargeBinary(), nullable=False),
        sa.Column("orders_hash", sa.LargeBinary(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("orders_rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_batches_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "batch"),
    )
    _create_findings()
    # Compressing costs more than it saves: workbooks are compressed, other files are read once.
    op.execute("ALTER TABLE import_file_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL")
    for table in _PARTS:
        row_security.protect_table(table)


def _create_findings() -> None:
    op.create_table(
        "import_findings",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_findings_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position"),
    )
    op.create_table(
        "import_rejected_lines",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("lines", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_rejected_lines_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "batch"),
    )
    op.create_table(
        "import_changes",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('order', 'customer')", name="import_changes_kind"),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["import_runs.organization_id", "import_runs.id"],
            name="import_changes_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "kind", "position"),
    )
