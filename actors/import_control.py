"""What people do with imports: the change is committed, then its state is published."""

from __future__ import annotations

import uuid

from actors.import_progress import publish_run
from models.accounts.audit import Author
from models.order_import.runs.control import cancel_run
from models.order_import.runs.search import FoundRun
from models.order_import.runs.state import RunState


def cancel(organization_id: int, run_id: uuid.UUID, author: Author) -> FoundRun:
    """Stops an import: what is committed stays; raises `NotFound` or `ForbiddenTransition`."""
    found = cancel_run(organization_id, run_id, author)
    publish_run(RunState.of(found.run))
    return found
