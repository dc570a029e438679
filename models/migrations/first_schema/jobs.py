"""Batch jobs and their orders."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create_batch_job_queue() -> None:
    """With its constraints and indexes."""
    op.create_table("batch_job_queue", *_job_columns(), *_job_constraints())
    op.create_index(
        "batch_job_queue_by_time",
        "batch_job_queue",
        ["organization_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "batch_job_queue_unfinished",
        "batch_job_queue",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('pending', 'processing', 'paused') "
            "OR successful_items + failed_items + cancelled_items < total_items"
        ),
    )


def _job_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type", sa.Text(), server_default="bulk_invoice_generation", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("total_items", sa.Integer(), nullable=False),
        sa.Column(
            "processed_items",
            sa.Integer(),
            sa.Computed("successful_items + failed_items", persisted=True),
            nullable=False,
        ),
        sa.Column("successful_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled_items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_position", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "errors", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
    ]


def _job_constraints() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("job_type = 'bulk_invoice_generation'", name="batch_job_queue_type"),
        sa.CheckConstraint(
            "priority IN ('urgent', 'normal', 'low')", name="batch_job_queue_priority"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'paused', 'completed', 'failed', 'cancelled')",
            name="batch_job_queue_status",
        ),
        sa.CheckConstraint(
            "status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL",
            name="batch_job_queue_ended",
        ),
        sa.CheckConstraint("sent_position >= 0", name="batch_job_queue_sent_position"),
        sa.CheckConstraint(
            "total_items > 0 AND successful_items >= 0 AND failed_items >= 0 "
            "AND cancelled_items >= 0 "
            "AND successful_items + failed_items + cancelled_items <= total_items",
            name="batch_job_queue_counters",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="batch_job_queue_in_organization"),
    ]


def create_batch_job_items() -> None:
    """With its constraints and indexes."""
    op.create_table("batch_job_items", *_item_columns(), *_item_constraints())
    op.create_index(
        "batch_job_items_by_order", "batch_job_items", ["organization_id", "order_id"], unique=False
    )
    op.create_index(
        "batch_job_items_by_position", "batch_job_items", ["job_id", "position"], unique=True
    )
    op.create_index(
        "batch_job_items_by_status",
        "batch_job_items",
        ["job_id", "status", "position"],
        unique=False,
    )


def _item_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_field", sa.Text(), nullable=True),
        sa.Column("error_remedy", sa.Text(), nullable=True),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    ]


def _item_constraints() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint(
            "(status = 'failed') = (error_code IS NOT NULL)", name="batch_job_items_reason"
        ),
        sa.CheckConstraint(
            "(status = 'succeeded') = (invoice_id IS NOT NULL)", name="batch_job_items_invoiced"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed', 'cancelled')",
            name="batch_job_items_status",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="batch_job_items_invoice",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "job_id"],
            ["batch_job_queue.organization_id", "batch_job_queue.id"],
            name="batch_job_items_job",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="batch_job_items_order",
        ),
        sa.PrimaryKeyConstraint("job_id", "order_id"),
    ]
