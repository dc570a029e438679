"""Which API token acted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The log's reference names the organisation too: a foreign key looks past row-level security.
    op.create_unique_constraint(
        "api_tokens_of_organization", "api_tokens", ["organization_id", "id"]
    )
    op.add_column("audit_log", sa.Column("api_token_id", sa.BigInteger()))
    op.create_foreign_key(
        "audit_log_api_token",
        "audit_log",
        "api_tokens",
        ["organization_id", "api_token_id"],
        ["organization_id", "id"],
    )
