"""The user's own sessions: list them, and end them."""

from __future__ import annotations

from flask import Blueprint, Response

from models.accounts.session_list import open_sessions
from models.errors import NotFound
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.sessions import EndedSessions, SessionShape
from web.auth import current_account, require_account
from web.logins.own_sessions import end_own_session, end_own_sessions, visible_organization
from web.requests.parsing import read_query
from web.requests.queries import PageQuery

views = Blueprint("sessions_api", __name__, url_prefix="/api/sessions")
views.before_request(require_account)


@views.get("")
@describe(
    Operation(
        "sessions_api_index",
        "Where you are signed in, newest first; with a token, in its organisation.",
        query=PageQuery,
        answer=ListOf[SessionShape],
    )
)
def index() -> Response:
    """A page of the user's open sessions."""
    account, query = current_account(), read_query(PageQuery)
    page = open_sessions(
        account.user_id,
        organization_id=visible_organization(account),
        after=query.cursor,
        limit=query.limit,
    )
    return answer(
        ListOf[SessionShape].of(page, lambda each: SessionShape.of(each, account.session_id))
    )


@views.post("/<int:session_id>/revoke")
@describe(
    Operation(
        "sessions_api_revoke",
        "End one of your sessions; its cookie opens nothing from now on.",
        answer=EndedSessions,
        refuses=(NotFound,),
    )
)
def revoke(session_id: int) -> Response:
    """Ends a session, which may be the one that makes the request."""
    end_own_session(session_id)
    return answer(EndedSessions(ended=1))


@views.post("/revoke-others")
@describe(
    Operation(
        "sessions_api_revoke_others",
        "End all your sessions except the one that makes the request.",
        answer=EndedSessions,
    )
)
def revoke_others() -> Response:
    """Ends all other sessions; with a token, all in the token's organisation."""
    return answer(EndedSessions(ended=end_own_sessions()))
