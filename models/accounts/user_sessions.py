"""Sessions: how one begins, stays open and ends.

The browser holds a random token, and the session's row its hash: once the session has ended, no
copy of the cookie gives access.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author, record_act
from models.database import org_transaction
from models.tables.user import User
from models.tables.user_session import UserSession

LONGEST: Final = timedelta(hours=12)
IDLE: Final = timedelta(hours=2)
# The time of the last request is written at most once per this interval.
SEEN_EVERY: Final = timedelta(minutes=1)
# A login deletes some of the rows that expired this long ago.
KEPT: Final = timedelta(days=30)
_REMOVED_AT_ONCE = 50
_USER_AGENT_CHARACTERS = 200

Ending = Literal["logged_out", "switched", "replaced", "revoked", "operator", "new_password"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new session needs; `lasting` is its beginning and end, if it continues another.

    The session has ended once the user's `password_mark` differs.
    """

    organization_id: int
    user_id: int
    password_mark: str
    token_hash: str
    source_address: str | None
    user_agent: str
    lasting: tuple[datetime, datetime] | None = None


def password_mark() -> ColumnElement[str]:
    """A value that changes with each change of the user's password, even to a former one.

    The hash has a random salt of 16 bytes: the mark says nothing about the password.
    """
    return func.encode(func.sha256(func.convert_to(User.password_hash, "UTF8")), "hex")


def is_open() -> ColumnElement[bool]:
    """Whether a session is open; the caller joins its user and the user's present membership."""
    return and_(
        UserSession.ended_at.is_(None),
        UserSession.expires_at > func.now(),
        UserSession.last_seen_at > func.now() - IDLE,
        UserSession.password_mark == password_mark(),
    )


def begin_session(beginning: Beginning, author: Author) -> int:
    """Stores a session and returns its id; deletes some that expired long ago."""
    # Terminals show it, too, and unprintable characters could be commands to them.
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
    """Ends a session of the author; False if it had ended before."""
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
    except_id: int | None = None,
) -> int:
    """Ends a user's sessions in an organisation, except the one with the id `except_id`.

    Returns how many it ended. The transaction is the organisation's or the owner's.
    """
    chosen = [
        UserSession.user_id == user_id,
        UserSession.expires_at > func.now(),
        UserSession.last_seen_at > func.now() - IDLE,
    ]
    if except_id is not None:
        chosen.append(UserSession.id != except_id)
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
    """Sets when the session was last seen; skips it while another request does so."""
    free = select(UserSession.id).where(UserSession.id == session_id)
    with org_transaction(organization_id) as session:
        session.execute(
            update(UserSession)
            .where(UserSession.id == free.with_for_update(skip_locked=True).scalar_subquery())
            .values(last_seen_at=func.now())
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
