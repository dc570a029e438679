"""Indexes for the list of changes, and for a customer's orders that need attention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "audit_log_changes",
        "audit_log",
        ["organization_id", "id"],
        postgresql_where=sa.text("action IN ('order.changed', 'customer.changed')"),
    )
    op.create_index(
        "orders_needing_attention_by_customer",
        "orders",
        ["organization_id", "customer_id", "order_date", "id"],
        postgresql_where=sa.text("attention_code IS NOT NULL AND status = 'confirmed'"),
    )
