"""What a person does with a run."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, update

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import ForbiddenTransition
from models.order_import.mapping.choosing import Reading
from models.order_import.runs.search import FoundRun, find_run
from models.order_import.runs.settings import with_reading
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


def require_waiting(found: FoundRun) -> None:
    """Raises `ForbiddenTransition` unless the run waits for a mapping."""
    if found.run.status != ImportStatus.NEEDS_MAPPING:
        raise ForbiddenTransition(f"The import is {found.run.status}; it needs no mapping.")


def use_mapping(
    organization_id: int, run_id: uuid.UUID, reading: Reading, author: Author
) -> FoundRun:
    """Goes on with a run that waits for a mapping, by that reading; its message is the next slice.

    Raises `NotFound` or `ForbiddenTransition`.
    """
    name = reading.chosen.name if reading.chosen else ""
    columns = ImportRun.__table__.c
    with org_transaction(organization_id) as session:
        changed = session.scalar(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.status == ImportStatus.NEEDS_MAPPING)
            .values(
                status=ImportStatus.PENDING,
                slice=ImportRun.slice + 1,
                settings=columns.settings.concat(with_reading(reading)),
                options=columns.options.concat({"mapping": name or None}),
                revision=ImportRun.revision + 1,
            )
            .returning(ImportRun.id)
        )
        found = find_run(session, run_id)
        if changed is None:
            require_waiting(found)
        act: dict[str, Any] = {"import_id": str(run_id), "mapping": name}
        record_act(session, organization_id, author, "import.mapped", **act)
    return found
