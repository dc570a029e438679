"""Files of runs are deleted when their time is over; the runs stay as history."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import delete, func, or_, select, text, update

from models.database import crossing_transaction, org_transaction
from models.order_import.runs.status import ENDED
from models.tables.import_run import ImportFileChunk, ImportRejectedOrders, ImportRun

DAYS: Final = 30
# The file is needed for the download of its rejected rows.
DAYS_WITH_REJECTED_ROWS: Final = 90
_AT_ONCE: Final = 50


def runs_with_old_files() -> list[tuple[int, uuid.UUID]]:
    """Some runs whose file's time is over, each with its organisation, the oldest first."""
    statement = (
        select(ImportRun.organization_id, ImportRun.id)
        .where(
            ImportRun.file_deleted_at.is_(None),
            ImportRun.created_at < _days_ago(DAYS),
            ImportRun.status.in_(ENDED),
            or_(
                ImportRun.error_count == 0,
                ImportRun.created_at < _days_ago(DAYS_WITH_REJECTED_ROWS),
            ),
        )
        .order_by(ImportRun.created_at)
        .limit(_AT_ONCE)
    )
    with crossing_transaction("sweep") as session:
        return [(own_id, run_id) for own_id, run_id in session.execute(statement)]


def delete_file(organization_id: int, run_id: uuid.UUID) -> None:
    """Deletes the run's file and what only its rejected rows need."""
    with org_transaction(organization_id) as session:
        for part in (ImportFileChunk, ImportRejectedOrders):
            session.execute(delete(part).where(part.run_id == run_id))
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(file_deleted_at=func.now(), revision=ImportRun.revision + 1)
        )


def _days_ago(days: int) -> object:
    return func.now() - text(f"interval '{days} days'")
