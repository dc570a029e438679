"""Tokens expire, say when they were used, and leave their name when they are revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.add_column("api_tokens", sa.Column("expires_at", moment))
    op.add_column("api_tokens", sa.Column("last_used_at", moment))
    # Who made one was promised no end; from now on there is time to make another.
    op.execute("UPDATE api_tokens SET expires_at = now() + interval '90 days'")
    op.drop_constraint("api_tokens_name", "api_tokens")
    op.create_index(
        "api_tokens_name",
        "api_tokens",
        ["organization_id", "name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
