"""What people changed in orders and customers, for the audit and to mend the source system too."""

from __future__ import annotations

from typing import Annotated, ClassVar

from flask import Blueprint, Response
from pydantic import Field, WithJsonSchema

from models.accounts.change_log import Change, ChangeFilter, all_changes, list_changes
from models.database import org_transaction
from models.lists.paging import MAX_ID
from models.lists.search_text import INVALID_FILTER, check_dates
from web.api.exports.changes_csv import changes_csv
from web.api.exports.csv_response import CSV, csv_response
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.changes import ChangeShape
from web.auth import current_account, require_account
from web.requests.fields import Day, Reading, Whole
from web.requests.parsing import read_query
from web.requests.queries import PageQuery

views = Blueprint("changes", __name__, url_prefix="/api")
views.before_request(require_account)

_KnownId = Annotated[
    Whole,
    Field(ge=1, le=MAX_ID),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_ID}),
]


class ChangesFilter(Reading):
    """Which changes; all conditions must hold."""

    refusals: ClassVar = (INVALID_FILTER,)
    order_id: _KnownId | None = None
    customer_id: _KnownId | None = None
    date_from: Day | None = Field(None, alias="from", description="Day of the change, included.")
    date_to: Day | None = Field(None, alias="to", description="Day of the change, included.")

    def change_filter(self) -> ChangeFilter:
        """Raises `InvalidRequest` for days in the wrong order."""
        check_dates(self.date_from, self.date_to)
        return ChangeFilter(self.order_id, self.customer_id, self.date_from, self.date_to)


class ChangesQuery(PageQuery, ChangesFilter):
    """A page of the changes that match."""


@views.get("/changes")
@describe(
    Operation(
        "changes_index",
        "What people changed in orders and customers, newest first.",
        query=ChangesQuery,
        answer=ListOf[ChangeShape],
    )
)
def index() -> Response:
    """With each value before and after."""
    query = read_query(ChangesQuery)
    wanted = query.change_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_changes(session, wanted, after=query.cursor, limit=query.limit)
    return answer(ListOf[ChangeShape].of(page, _shape))


@views.get("/changes.csv")
@describe(
    Operation(
        "changes_download",
        "What people changed in orders and customers, one value per row, oldest first.",
        query=ChangesFilter,
        file_type=CSV,
    )
)
def download() -> Response:
    """Sends rows while it reads them, so that memory does not grow with the log."""
    wanted = read_query(ChangesFilter).change_filter()
    found = all_changes(current_account().organization_id, wanted)
    return csv_response(changes_csv(found), "changes.csv")


def _shape(change: Change) -> ChangeShape:
    return ChangeShape.model_validate(change)
