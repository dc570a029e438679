"""Stored numbers of orders and customers are clean, so that imports find them."""

from __future__ import annotations

from alembic import op

from models.migrations.clean_keys import clean_keys

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    clean_keys(op.get_bind())
