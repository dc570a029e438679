"""Imports: the history of the files that were imported, and one import with what it found."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from flask import Blueprint, render_template, request

from models.database import org_transaction
from models.lists.paging import Page
from models.order_import.returning_orders import OF_ANOTHER_CUSTOMER
from models.order_import.runs.search import (
    find_run,
    has_kept_mends,
    list_changes,
    list_findings,
    list_runs,
)
from models.order_import.runs.settings import RunSettings
from models.order_import.runs.status import ENDED, OPEN, ImportStatus
from web.auth import current_account, login_required
from web.pages.filters import import_filter
from web.pages.paging import page_links

pages = Blueprint("import_pages", __name__, url_prefix="/imports")

Part = Literal["findings", "orders", "customers"]
_ROWS: Final = 100
_KINDS: Final[dict[Part, Literal["order", "customer"]]] = {
    "orders": "order",
    "customers": "customer",
}


@pages.get("")
@login_required
def index() -> str:
    """All imports, or those of one status, newest first."""
    status, findings = import_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_runs(session, status=status, after=request.args.get("cursor"))
    return render_template(
        "imports/list.html",
        imports=page.items,
        status=status,
        findings=findings,
        statuses=list(ImportStatus),
        open_statuses=OPEN,
        links=page_links(page.next_cursor),
    )


@pages.get("/<uuid:import_id>")
@login_required
def show(import_id: UUID) -> str:
    """One import: how far it is, what is wrong with the file, and what it changed."""
    part = _part()
    after = request.args.get("cursor")
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        found = find_run(session, import_id)
        page: Page[Any]
        if part == "findings":
            page = list_findings(session, import_id, after=after, limit=_ROWS)
        else:
            page = list_changes(session, import_id, _KINDS[part], after=after, limit=_ROWS)
        of_another = list_findings(
            session, import_id, code=OF_ANOTHER_CUSTOMER, after=None, limit=1
        )
        kept_mends = has_kept_mends(session, import_id)
    run = found.run
    ended = run.status in ENDED
    is_repeatable = ended and run.file_deleted_at is None
    return render_template(
        "imports/show.html",
        found=found,
        run=run,
        questions=RunSettings.of(run.settings).questions,
        part=part,
        rows=page.items,
        ended=ended,
        can_move_orders=bool(of_another.items) and is_repeatable,
        can_undo_mends=kept_mends and is_repeatable,
        links=page_links(page.next_cursor),
    )


def _part() -> Part:
    part = request.args.get("part")
    if part == "orders":
        return "orders"
    return "customers" if part == "customers" else "findings"
