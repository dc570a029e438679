"""The open sessions of a user, as they see them and as an operator lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, select

from models.accounts.user_sessions import is_open
from models.database import crossing_transaction
from models.errors import NotFound
from models.lists.paging import MAX_ID, Page, checked_limit, decode_cursor, make_page
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User
from models.tables.user_session import UserSession


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its user sees it."""

    id: int
    organization_id: int
    organization: str
    organization_name: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    source_address: str | None
    user_agent: str


def open_sessions(
    user_id: int,
    *,
    organization_id: int | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[OpenSession]:
    """The next page of a user's open sessions, newest first, in one organisation or in all.

    It crosses organisations, like a login.
    """
    listed = _open().where(UserSession.user_id == user_id)
    if organization_id is not None:
        listed = listed.where(UserSession.organization_id == organization_id)
    if after is not None:
        listed = listed.where(UserSession.id < decode_cursor(after, int)[0])
    listed = listed.order_by(UserSession.id.desc()).limit(checked_limit(limit) + 1)
    with crossing_transaction("login") as session:
        rows = [OpenSession(*row) for row in session.execute(listed)]
    return make_page(rows, limit, lambda row: (row.id,))


def open_session(
    user_id: int, session_id: int, *, organization_id: int | None = None
) -> OpenSession:
    """One of the user's open sessions, in one organisation or in any; raises `NotFound`."""
    wanted = _open().where(UserSession.user_id == user_id, UserSession.id == session_id)
    if organization_id is not None:
        wanted = wanted.where(UserSession.organization_id == organization_id)
    with crossing_transaction("login") as session:
        found = session.execute(wanted).one_or_none() if session_id <= MAX_ID else None
    if found is None:
        raise NotFound("You have no open session with that id.")
    return OpenSession(*found)


def _open() -> Select[int, int, str, str, datetime, datetime, datetime, str | None, str]:
    return (
        select(
            UserSession.id,
            UserSession.organization_id,
            Organization.slug,
            Organization.name,
            UserSession.started_at,
            UserSession.last_seen_at,
            UserSession.expires_at,
            UserSession.source_address,
            UserSession.user_agent,
        )
        .join(User, User.id == UserSession.user_id)
        .join(
            Membership,
            and_(
                Membership.user_id == UserSession.user_id,
                Membership.organization_id == UserSession.organization_id,
                Membership.ended_at.is_(None),
            ),
        )
        .join(Organization, Organization.id == UserSession.organization_id)
        .where(is_open())
    )
