"""The audit log: who did what in an organisation, for its admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field

from models.accounts.audit_search import list_acts
from models.database import org_transaction
from models.errors import NotAllowed
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import Id, ListOf, Shape
from web.auth import current_account, require_account
from web.requests.parsing import read_query
from web.requests.queries import PageQuery

views = Blueprint("audit_log", __name__, url_prefix="/api/audit-log")
views.before_request(require_account)


class AuditEntry(Shape):
    """One act; `user` is null for an operator at the command line, and for a failed login."""

    id: Id
    at: datetime
    user: str | None
    token: str | None = Field(description="The name of the API token that acted, if one did.")
    action: str
    batch_job_id: UUID | None
    source_address: str | None
    details: dict[str, Any]


@views.get("")
@describe(
    Operation(
        "audit_log_index",
        "Who did what, newest first; for admins.",
        query=PageQuery,
        answer=ListOf[AuditEntry],
        refuses=(NotAllowed,),
    )
)
def index() -> Response:
    """A page of the organisation's log."""
    account = current_account()
    if account.role != "admin":
        raise NotAllowed("Only an admin of the organisation may read its audit log.")
    query = read_query(PageQuery)
    with org_transaction(account.organization_id, one_moment=True) as session:
        page = list_acts(session, after=query.cursor, limit=query.limit)
    return answer(ListOf[AuditEntry].of(page, AuditEntry.model_validate))
