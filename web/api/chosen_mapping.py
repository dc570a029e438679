"""The mapping that a user chose for an import."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from models.database import org_transaction
from models.errors import InvalidRequest
from models.order_import.mapping.choosing import Reading, SavedMapping
from models.order_import.mapping.conventions import AS_FOUND
from models.order_import.mapping.findings import problems_of
from models.order_import.mapping.labels import fingerprint
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.saved_mappings import reading_for, save_mapping
from models.order_import.runs.control import require_waiting
from models.order_import.runs.mapping_step import propose_for_run
from models.order_import.runs.search import find_run
from web.auth import current_author
from web.requests.mappings import UseMappingRequest

NOT_COMPLETE: Final = "mapping_not_complete"


def chosen_reading(organization_id: int, import_id: UUID, given: UseMappingRequest) -> Reading:
    """How the import's file is to be read; saves the mapping if it gets a name.

    Raises `NotFound`, `ForbiddenTransition` for an import that waits for nothing, and
    `InvalidRequest` (mapping_not_complete, with what is missing).
    """
    with org_transaction(organization_id) as session:
        require_waiting(find_run(session, import_id))
    if given.mapping is None:
        return reading_for(organization_id, given.name, AS_FOUND)
    mapping = given.mapping.mapping()
    proposal = propose_for_run(organization_id, import_id, mapping)
    names = tuple(column.label for column in proposal.columns)
    require_complete(mapping, names)
    saved = SavedMapping(given.save_as or "", fingerprint(names), mapping)
    if given.save_as:
        with org_transaction(organization_id) as session:
            save_mapping(session, organization_id, saved, current_author())
    return Reading(chosen=saved)


def require_complete(mapping: Mapping, labels: tuple[str, ...] | None = None) -> None:
    """Raises `InvalidRequest` with what is wrong with the mapping for a file with these columns."""
    if problems := problems_of(mapping, labels):
        message = f"The mapping is not complete. {problems[0].message}"
        raise InvalidRequest(message, code=NOT_COMPLETE, errors=problems)
