"""What a run that waits for a mapping is asked, and the five rows that an answer would give."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace

from models.database import org_transaction
from models.errors import NotFound
from models.invoicing.finding import Finding
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.proposal import Proposal, propose_mapping
from models.order_import.runs.file_store import CHUNK_BYTES, open_file
from models.order_import.runs.search import find_run
from models.order_import.runs.settings import RunSettings
from models.order_import.table_file.table import open_table


def propose_for_run(
    organization_id: int,
    run_id: uuid.UUID,
    draft: Mapping | None = None,
    conventions: Conventions | None = None,
) -> Proposal:
    """How the run's file would be read; with a `draft`, by that mapping and its conventions.

    What the whole file showed to be unsure is among the problems until `conventions` or the draft
    settle it. Raises `NotFound`, also where the file's time is over, and `Unreadable`.
    """
    with org_transaction(organization_id) as session:
        run = find_run(session, run_id).run
        if run.file_deleted_at is not None:
            raise NotFound("The file of this import is no longer stored; upload it again.")
        settings, options, size = RunSettings.of(run.settings), dict(run.options), run.size_bytes
    reading = settings.reading
    given = conventions or (draft.conventions if draft else reading.conventions)
    file = io.BufferedReader(open_file(organization_id, run_id, size), CHUNK_BYTES)
    table = open_table(file, encoding=options["encoding"], sheet=options["sheet"])
    reading = replace(reading, conventions=given)
    proposal = propose_mapping(table, reading, settings.defaults, draft)
    known = {problem.code for problem in proposal.problems}
    open_questions = [
        question
        for question in settings.questions
        if question.code not in known and not _settles(given, question)
    ]
    return replace(proposal, problems=(*proposal.problems, *open_questions))


def _settles(given: Conventions, question: Finding) -> bool:
    answer = given.dates if question.code.endswith("dates") else given.decimal
    return answer is not None
