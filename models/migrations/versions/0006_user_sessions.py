"""Sessions of people as rows: listed, ended, and gone with their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import row_security

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("password_mark", sa.Text(), nullable=False),
        sa.Column("source_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", moment, server_default=now, nullable=False),
        sa.Column("last_seen_at", moment, server_default=now, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ended_why IN ('logged_out', 'switched', 'replaced', 'revoked', 'operator', "
            "'new_password')",
            name="user_sessions_ended_why",
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name="user_sessions_ended_for_a_reason"
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("user_sessions_by_user", "user_sessions", ["user_id", "id"])
    op.create_index("user_sessions_by_expiry", "user_sessions", ["organization_id", "expires_at"])
    row_security.protect_table("user_sessions")
    row_security.admit_crossing("user_sessions", "login")
