"""Saved mappings of files with other headers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.migrations import row_security

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "import_mappings",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("changed_at", moment, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "name"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name="import_mappings_name"),
        sa.CheckConstraint("length(fingerprint) = 64", name="import_mappings_fingerprint"),
    )
    op.create_index(
        "import_mappings_by_header",
        "import_mappings",
        ["organization_id", "fingerprint", "changed_at"],
    )
    row_security.protect_table("import_mappings")
