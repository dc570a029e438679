"""Imports as runs: upload, history, findings, cancel."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal
from uuid import UUID

from flask import Blueprint, Response, url_for

from actors.import_control import cancel
from actors.import_orders import send_slice
from models.database import org_transaction
from models.errors import ForbiddenTransition, NotFound
from models.lists.paging import Page
from models.order_import.mapping.saved_mappings import NAME_TAKEN, TOO_MANY
from models.order_import.runs.all_changes import all_changes
from models.order_import.runs.control import use_mapping
from models.order_import.runs.rejected_rows import rejected_rows_of
from models.order_import.runs.repetition import import_again
from models.order_import.runs.search import find_run, list_changes, list_findings, list_runs
from models.order_import.runs.submission import printable_name, submit_file
from models.order_import.table_file.rejected_rows_file import MEDIA_TYPES
from models.tables.import_run import ImportChange
from web.api.chosen_mapping import NOT_COMPLETE, chosen_reading
from web.api.exports.csv_response import CSV, attachment
from web.api.exports.import_changes_csv import import_changes_csv
from web.api.idempotency_header import IDEMPOTENCY_KEY
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.import_changes import CustomerChangeShape, OrderChangeShape
from web.api.schemas.imports import ImportFinding, ImportRun
from web.api.uploads import FILE_MISSING, read_upload
from web.auth import current_account, current_author, require_account
from web.requests.fields import INVALID_NAME
from web.requests.json_bodies import ImportAgain
from web.requests.mappings import UseMappingRequest
from web.requests.parsing import read_body, read_query
from web.requests.queries import ImportFindingsQuery, ImportsQuery, PageQuery, UploadQuery

views = Blueprint("imports", __name__, url_prefix="/api/imports")
views.before_request(require_account)


@views.post("")
@describe(
    Operation(
        "imports_submit",
        "Upload a file of orders of any size: stores it, and answers at once.",
        takes="orders file",
        query=UploadQuery,
        answer=ImportRun,
        status=202,
        also=(200, "The import that an earlier request with this `Idempotency-Key` made."),
        located=True,
        headers=(IDEMPOTENCY_KEY,),
        refuses=(FILE_MISSING,),
    )
)
def submit() -> Response:
    """Stores the file, then sends the message; without Redis the sweep sends it later."""
    account = current_account()
    submitted = submit_file(account.organization_id, read_upload())
    if submitted.is_new:
        send_slice(submitted.run_id, 0)
    run = run_shape(account.organization_id, submitted.run_id)
    location = url_for("imports.show", import_id=submitted.run_id)
    return answer(run, status=202 if submitted.is_new else 200, location=location)


@views.get("")
@describe(
    Operation(
        "imports_index", "Imports, newest first.", query=ImportsQuery, answer=ListOf[ImportRun]
    )
)
def index() -> Response:
    """A page of the organisation's imports."""
    query = read_query(ImportsQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_runs(session, status=query.status, after=query.cursor, limit=query.limit)
    return answer(ListOf[ImportRun].of(page, ImportRun.of))


@views.get("/<uuid:import_id>")
@describe(Operation("imports_show", "One import.", answer=ImportRun, refuses=(NotFound,)))
def show(import_id: UUID) -> Response:
    """Its status and counts."""
    return answer(run_shape(current_account().organization_id, import_id))


@views.get("/<uuid:import_id>/findings")
@describe(
    Operation(
        "imports_findings",
        "What is wrong with the file, in the order in which it was found.",
        query=ImportFindingsQuery,
        answer=ListOf[ImportFinding],
        refuses=(NotFound,),
    )
)
def findings(import_id: UUID) -> Response:
    """A page of the import's findings."""
    query = read_query(ImportFindingsQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_findings(
            session, import_id, code=query.error_code, after=query.cursor, limit=query.limit
        )
    return answer(ListOf[ImportFinding].of(page, ImportFinding.of))


@views.get("/<uuid:import_id>/rejected-rows")
@describe(
    Operation(
        "imports_rejected_rows",
        "The rejected rows as a file in the uploaded format, with a column `problem`.",
        file_type=MEDIA_TYPES["csv"],
        other_file_types=(MEDIA_TYPES["xlsx"], MEDIA_TYPES["ods"]),
        refuses=(NotFound,),
    )
)
def rejected_rows(import_id: UUID) -> Response:
    """All rows of each rejected order, so that the file can be mended and dropped back."""
    rejected = rejected_rows_of(current_account().organization_id, import_id)
    stem = PurePath(printable_name(rejected.file_name)).stem or "orders"
    file_format = rejected.dialect.format
    media_type = MEDIA_TYPES[file_format]
    if file_format == "csv":
        media_type += f"; charset={rejected.dialect.encoding}"
    return attachment(rejected.as_file(), f"{stem} rejected.{file_format}", media_type)


@views.get("/<uuid:import_id>/changes")
@describe(
    Operation(
        "imports_changes",
        "The stored orders that came again with changes, the first ten thousand.",
        query=PageQuery,
        answer=ListOf[OrderChangeShape],
        refuses=(NotFound,),
    )
)
def changes(import_id: UUID) -> Response:
    """A page of them, in the order of the file."""
    return answer(ListOf[OrderChangeShape].of(_changes(import_id, "order"), _order_change))


@views.get("/<uuid:import_id>/customer-changes")
@describe(
    Operation(
        "imports_customer_changes",
        "The values of customers' records that changed, the first ten thousand.",
        query=PageQuery,
        answer=ListOf[CustomerChangeShape],
        refuses=(NotFound,),
    )
)
def customer_changes(import_id: UUID) -> Response:
    """A page of them, in the order of the file."""
    return answer(ListOf[CustomerChangeShape].of(_changes(import_id, "customer"), _customer_change))


@views.get("/<uuid:import_id>/changes.csv")
@describe(
    Operation(
        "imports_changes_download",
        "What the import changed in orders and customers, one value per row.",
        file_type=CSV,
        refuses=(NotFound,),
    )
)
def changes_download(import_id: UUID) -> Response:
    """Orders first, then customers; each in the order of the file, the first ten thousand."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id) as session:
        name = find_run(session, import_id).run.file_name
    found = all_changes(organization_id, import_id)
    stem = PurePath(printable_name(name)).stem or "orders"
    parts = (part.encode() for part in import_changes_csv(found))
    return attachment(parts, f"{stem} changes.csv", f"{CSV}; charset=utf-8")


def _changes(import_id: UUID, kind: Literal["order", "customer"]) -> Page[ImportChange]:
    query = read_query(PageQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        return list_changes(session, import_id, kind, after=query.cursor, limit=query.limit)


def _order_change(change: ImportChange) -> OrderChangeShape:
    return OrderChangeShape.model_validate(change.details)


def _customer_change(change: ImportChange) -> CustomerChangeShape:
    return CustomerChangeShape.model_validate(change.details)


@views.post("/<uuid:import_id>/cancel")
@describe(
    Operation(
        "imports_cancel",
        "Stop an import; what is stored stays.",
        answer=ImportRun,
        refuses=(NotFound, ForbiddenTransition),
    )
)
def cancel_import(import_id: UUID) -> Response:
    """The batch in progress is undone, and no other begins."""
    found = cancel(current_account().organization_id, import_id, current_author())
    return answer(ImportRun.of(found))


@views.post("/<uuid:import_id>/import-again")
@describe(
    Operation(
        "imports_again",
        "Import the same file again, as a new import that may do more.",
        body=ImportAgain,
        answer=ImportRun,
        status=202,
        located=True,
        refuses=(NotFound, ForbiddenTransition),
    )
)
def again(import_id: UUID) -> Response:
    """For a file whose orders were refused because they need a permission."""
    account, wanted = current_account(), read_body(ImportAgain)
    run_id = import_again(
        account.organization_id,
        import_id,
        current_author(),
        allow_customer_changes=wanted.allow_customer_changes,
        allow_undone_mends=wanted.allow_undone_mends,
    )
    send_slice(run_id, 0)
    location = url_for("imports.show", import_id=run_id)
    return answer(run_shape(account.organization_id, run_id), status=202, location=location)


@views.post("/<uuid:import_id>/use-mapping")
@describe(
    Operation(
        "imports_use_mapping",
        "Go on with an import that needs a mapping.",
        body=UseMappingRequest,
        answer=ImportRun,
        refuses=(NotFound, ForbiddenTransition, NOT_COMPLETE, INVALID_NAME, NAME_TAKEN, TOO_MANY),
    )
)
def use_chosen_mapping(import_id: UUID) -> Response:
    """By a saved mapping, a preset, or a mapping of its own, which is saved if it gets a name."""
    organization_id, author = current_account().organization_id, current_author()
    reading = chosen_reading(organization_id, import_id, read_body(UseMappingRequest))
    found = use_mapping(organization_id, import_id, reading, author)
    send_slice(import_id, found.run.slice)
    return answer(ImportRun.of(found))


def run_shape(organization_id: int, run_id: UUID) -> ImportRun:
    """The import in its present state; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        return ImportRun.of(find_run(session, run_id))
