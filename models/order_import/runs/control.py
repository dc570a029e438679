"""What a person does with a run."""

from __future__ import annotations

import uuid

from sqlalchemy import func, update

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import ForbiddenTransition
from models.order_import.runs.search import FoundRun, find_run
from models.order_import.runs.status import OPEN, ImportStatus
from models.tables.import_run import ImportRun


def cancel_run(organization_id: int, run_id: uuid.UUID, author: Author) -> FoundRun:
    """Cancels the run: the batch in progress is undone, what was committed before stays.

    Cancelling a cancelled run changes nothing. Raises `NotFound` or `ForbiddenTransition`.
    """
    with org_transaction(organization_id) as session:
        changed = session.scalar(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.status.in_(OPEN))
            .values(
                status=ImportStatus.CANCELLED,
                completed_at=func.now(),
                lease_until=None,
                revision=ImportRun.revision + 1,
            )
            .returning(ImportRun.id)
        )
        found = find_run(session, run_id)
        if changed:
            record_act(session, organization_id, author, "import.cancelled", import_id=str(run_id))
        elif found.run.status != ImportStatus.CANCELLED:
            raise ForbiddenTransition(f"The import is {found.run.status}; it cannot be cancelled.")
    return found
