"""Mappings of columns: list, save, delete, and guess one for a file."""

from __future__ import annotations

from flask import Blueprint, Response

from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.invoicing.finding import Finding
from models.order_import.errors import Unreadable
from models.order_import.importer import defaults_of
from models.order_import.mapping.choosing import SavedMapping
from models.order_import.mapping.conventions import AS_FOUND
from models.order_import.mapping.labels import fingerprint
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.presets import PRESETS, find_preset
from models.order_import.mapping.proposal import Proposal, propose_mapping
from models.order_import.mapping.saved_mappings import (
    NAME_IN_USE,
    NAME_TAKEN,
    TOO_MANY,
    delete_mapping,
    find_mapping,
    list_mappings,
    reading_for,
    rename_mapping,
    save_mapping,
)
from models.order_import.runs.mapping_step import propose_for_run
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.table import Table
from web.api.chosen_mapping import NOT_COMPLETE, require_complete
from web.api.mapping_names import checked_name
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.mappings import ImportMappingShape, ProposalShape
from web.api.uploads import UNREADABLE_FILE
from web.auth import current_account, current_author, require_account
from web.requests.fields import INVALID_NAME
from web.requests.mappings import GuessRequest, RenameMappingRequest, SavedMappingRequest
from web.requests.parsing import read_body

views = Blueprint("import_mappings", __name__, url_prefix="/api/import-mappings")
views.before_request(require_account)


@views.get("")
@describe(
    Operation(
        "import_mappings_index",
        "The saved mappings of columns by name, and the presets.",
        answer=ListOf[ImportMappingShape],
    )
)
def index() -> Response:
    """All of them: there are at most 200 and the presets."""
    with org_transaction(current_account().organization_id) as session:
        saved = [ImportMappingShape.of(each) for each in list_mappings(session)]
    presets = [ImportMappingShape.of_preset(preset) for preset in PRESETS]
    return answer(ListOf[ImportMappingShape](items=[*saved, *presets], next=None))


@views.get("/<mapping:name>")
@describe(
    Operation(
        "import_mappings_show",
        "One mapping or preset.",
        answer=ImportMappingShape,
        refuses=(NotFound, INVALID_NAME),
    )
)
def show(name: str) -> Response:
    """By its name."""
    preset = find_preset(name)
    if preset is not None:
        return answer(ImportMappingShape.of_preset(preset))
    with org_transaction(current_account().organization_id) as session:
        return answer(ImportMappingShape.of(find_mapping(session, checked_name(name))))


@views.put("/<mapping:name>")
@describe(
    Operation(
        "import_mappings_save",
        "Save a mapping under a name; files with the same header are read by it.",
        body=SavedMappingRequest,
        answer=ImportMappingShape,
        refuses=(INVALID_NAME, NAME_TAKEN, TOO_MANY, NOT_COMPLETE),
    )
)
def save(name: str) -> Response:
    """In place of an older one of that name; one of a preset must fit it."""
    given = read_body(SavedMappingRequest)
    organization_id, mapping = current_account().organization_id, given.mapping.mapping()
    saved = SavedMapping(checked_name(name), fingerprint(given.header), mapping)
    if mapping.preset:
        require_complete(mapping)
    with org_transaction(organization_id) as session:
        stored = save_mapping(session, organization_id, saved, current_author())
        return answer(ImportMappingShape.of(stored))


@views.delete("/<mapping:name>")
@describe(
    Operation(
        "import_mappings_delete",
        "Delete a saved mapping; imports that began with it go on.",
        answer=ImportMappingShape,
        refuses=(NotFound, INVALID_NAME),
    )
)
def delete(name: str) -> Response:
    """Answers what was deleted."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id) as session:
        deleted = ImportMappingShape.of(find_mapping(session, checked_name(name)))
        delete_mapping(session, organization_id, name, current_author())
    return answer(deleted)


@views.post("/<mapping:name>/rename")
@describe(
    Operation(
        "import_mappings_rename",
        "Give a saved mapping another name.",
        body=RenameMappingRequest,
        answer=ImportMappingShape,
        refuses=(NotFound, INVALID_NAME, NAME_TAKEN, NAME_IN_USE),
    )
)
def rename(name: str) -> Response:
    """Imports that began with it keep the old name in their report."""
    given = read_body(RenameMappingRequest)
    organization_id, author = current_account().organization_id, current_author()
    with org_transaction(organization_id) as session:
        renamed = rename_mapping(session, organization_id, checked_name(name), given.name, author)
        return answer(ImportMappingShape.of(renamed))


@views.post("/guess")
@describe(
    Operation(
        "import_mappings_guess",
        "Guess a mapping for a file, or show what a given one makes of it; stores nothing.",
        body=GuessRequest,
        answer=ProposalShape,
        refuses=(NotFound, UNREADABLE_FILE),
    )
)
def guess() -> Response:
    """With the first five rows in our columns."""
    given = read_body(GuessRequest)
    organization_id = current_account().organization_id
    draft = None if given.mapping is None else given.mapping.mapping()
    try:
        if given.import_id is not None:
            proposal = propose_for_run(organization_id, given.import_id, draft)
        else:
            proposal = _of_rows(organization_id, given, draft)
    except Unreadable as error:
        message = error.errors[0].message
        raise InvalidRequest.of(
            Finding(UNREADABLE_FILE, message, "file", error.errors[0].finding.remedy)
        ) from error
    return answer(ProposalShape.of(proposal))


def _of_rows(organization_id: int, given: GuessRequest, draft: Mapping | None) -> Proposal:
    reading = reading_for(organization_id, None, draft.conventions if draft else AS_FOUND)
    table = Table(Dialect(), lambda: iter(given.records()))
    return propose_mapping(table, reading, defaults_of(organization_id), draft)
