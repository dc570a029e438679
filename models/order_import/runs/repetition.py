"""Importing the file of a run again, with more permissions."""

from __future__ import annotations

import uuid
from dataclasses import replace

from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import ForbiddenTransition
from models.order_import.runs.file_store import open_file
from models.order_import.runs.search import find_run
from models.order_import.runs.submission import Options, Upload, submit_file


def import_again(
    organization_id: int,
    run_id: uuid.UUID,
    author: Author,
    *,
    allow_customer_changes: bool = False,
    allow_undone_mends: bool = False,
) -> uuid.UUID:
    """Stores a new run with the file and the options of this one, and returns its id.

    Raises `NotFound`, and `ForbiddenTransition` once the run's file is gone.
    """
    with org_transaction(organization_id) as session:
        run = find_run(session, run_id).run
    if run.file_deleted_at is not None:
        raise ForbiddenTransition("The file of this import was deleted. Upload it again.")
    options = replace(
        Options(**run.options),
        allow_customer_changes=allow_customer_changes,
        allow_undone_mends=allow_undone_mends,
    )
    stream = open_file(organization_id, run_id, run.size_bytes)
    return submit_file(organization_id, Upload(stream, run.file_name, options, author)).run_id
