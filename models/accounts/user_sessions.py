"""Sessions of people who have logged in, a row each. The browser holds a random token, the row
its hash: a cookie opens nothing once its row has ended, wherever it was copied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author, record_act
from models.database import crossing_transaction, org_transaction
from models.errors import NotFound
from models.lists.paging import MAX_ID, Page, checked_limit, decode_cursor, make_page
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User
from models.tables.user_session import UserSession

LONGEST: Final = timedelta(hours=12)
IDLE: Final = timedelta(hours=2)
# How exactly the time of the last request is kept: one write of the row in so long.
SEEN_EVERY: Final = timedelta(minutes=1)
# How long rows are kept after they have expired, and how many are removed at a login.
KEPT: Final = timedelta(days=30)
_REMOVED_AT_ONCE = 50
_USER_AGENT_CHARACTERS = 200

Ending = Literal["logged_out", "switched", "replaced", "revoked", "operator", "new_password"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a session is begun with; `lasting` is from when until when, if it continues another.

    A session that was begun under another `password_mark` than the user's is over.
    """

    organization_id: int
    user_id: int
    password_mark: str
    token_hash: str
    source_address: str | None
    user_agent: str
    lasting: tuple[datetime, datetime] | None = None


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


def password_mark() -> ColumnElement[str]:
    """Another one after each change of a user's password, even back to a former one.

    The hash has a random salt of 16 bytes: nothing can be guessed from the mark.
    """
    return func.encode(func.sha256(func.convert_to(User.password_hash, "UTF8")), "hex")


def is_open() -> ColumnElement[bool]:
    """Whether a session, joined with its user, is open; their membership is the caller's join."""
    return and_(
        UserSession.ended_at.is_(None),
        UserSession.expires_at > func.now(),
        UserSession.last_seen_at > func.now() - IDLE,
        UserSession.password_mark == password_mark(),
    )


def begin_session(beginning: Beginning, author: Author) -> int:
    """Stores a session and returns its id; removes some that expired long ago."""
    # A terminal shows it too: what is not printable could be commands to it.
    agent = "".join(filter(str.isprintable, beginning.user_agent[:_USER_AGENT_CHARACTERS]))
    values = {
        "organization_id": beginning.organization_id,
        "user_id": beginning.user_id,
        "password_mark": beginning.password_mark,
        "token_hash": beginning.token_hash,
        "source_address": beginning.source_address,
        "user_agent": agent,
        "expires_at": func.now() + LONGEST,
    }
    if beginning.lasting is not None:
        values["started_at"], values["expires_at"] = beginning.lasting
    with org_transaction(beginning.organization_id) as session:
        begun = session.scalars(insert(UserSession).values(values).returning(UserSession.id)).one()
        record_act(session, beginning.organization_id, author, "session.opened", session_id=begun)
        _remove_old(session)
    return begun


def end_session(organization_id: int, session_id: int, why: Ending, author: Author) -> bool:
    """Ends a session of the author's; False if it had ended before."""
    of_user = (UserSession.id == session_id, UserSession.user_id == author.user_id)
    with org_transaction(organization_id) as session:
        return bool(_end(session, organization_id, why, author, *of_user))


def end_all(
    session: Session,
    organization_id: int,
    user_id: int,
    why: Ending,
    author: Author,
    *,
    but: int | None = None,
) -> int:
    """Ends a user's sessions in an organisation, except the one with the id `but`.

    The transaction is the organisation's, or the owner's. Returns how many there were.
    """
    chosen = [
        UserSession.user_id == user_id,
        UserSession.expires_at > func.now(),
        UserSession.last_seen_at > func.now() - IDLE,
    ]
    if but is not None:
        chosen.append(UserSession.id != but)
    return len(_end(session, organization_id, why, author, *chosen))


def end_everywhere(session: Session, user_id: int) -> int:
    """Ends all sessions of a user as the operator, and returns how many there were.

    The transaction is the owner's: the sessions belong to several organisations.
    """
    worked_in = select(UserSession.organization_id).where(UserSession.user_id == user_id)
    return sum(
        end_all(session, organization_id, user_id, "operator", OPERATOR)
        for organization_id in session.scalars(worked_in.distinct()).all()
    )


def note_request(organization_id: int, session_id: int) -> None:
    """Sets when the session was last seen; waits for nobody who is doing the same."""
    free = select(UserSession.id).where(UserSession.id == session_id)
    with org_transaction(organization_id) as session:
        session.execute(
            update(UserSession)
            .where(UserSession.id == free.with_for_update(skip_locked=True).scalar_subquery())
            .values(last_seen_at=func.now())
        )


def open_sessions(
    user_id: int,
    *,
    organization_id: int | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[OpenSession]:
    """The next page of a user's open sessions, the last begun first: all, or one organisation's.

    Crosses organisations, like the login itself.
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
    """One of the user's open sessions, or of those in one organisation; raises `NotFound`."""
    wanted = _open().where(UserSession.user_id == user_id, UserSession.id == session_id)
    if organization_id is not None:
        wanted = wanted.where(UserSession.organization_id == organization_id)
    with crossing_transaction("login") as session:
        found = session.execute(wanted).one_or_none() if session_id <= MAX_ID else None
    if found is None:
        raise NotFound("You have no open session of that id.")
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


def _end(
    session: Session,
    organization_id: int,
    why: Ending,
    author: Author,
    *chosen: ColumnElement[bool],
) -> Sequence[int]:
    ended = session.scalars(
        update(UserSession)
        .where(
            UserSession.organization_id == organization_id, UserSession.ended_at.is_(None), *chosen
        )
        .values(ended_at=func.now(), ended_why=why)
        .returning(UserSession.id)
    ).all()
    if ended:
        record_act(
            session, organization_id, author, "session.ended", why=why, session_ids=sorted(ended)
        )
    return ended


def _remove_old(session: Session) -> None:
    old = (
        select(UserSession.id)
        .where(UserSession.expires_at < func.now() - KEPT)
        .order_by(UserSession.expires_at)
        .limit(_REMOVED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(UserSession).where(UserSession.id.in_(old.scalar_subquery())))
