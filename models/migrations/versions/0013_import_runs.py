"""Imports are runs, with a history, progress, and a file that can be read again."""

from __future__ import annotations

from models.migrations.import_runs import create_parts, create_runs

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_runs()
    create_parts()
