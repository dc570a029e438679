"""API tokens: shown once when made, stored only as a hash.

A token is 32 random bytes, which cannot be guessed, so a plain SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, record_act
from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.id_arrays import any_of
from models.tables.api_token import ApiToken
from models.tables.user import User

PREFIX = "billmill_"
DAYS: Final = 90
# The time of the last use is written at most once per this interval.
USED_EVERY: Final = timedelta(minutes=1)


def create_token(
    session: Session,
    *,
    organization_id: int,
    user_id: int,
    name: str,
    days: int | None = DAYS,
) -> str:
    """Stores a new token's hash and returns the token, which cannot be read again.

    The token expires after `days`, or never with None. The name of an expired token is free;
    the name of a valid one raises `InvalidRequest`.
    """
    holder = (
        ApiToken.organization_id == organization_id,
        ApiToken.name == name,
        ApiToken.revoked_at.is_(None),
    )
    expired = update(ApiToken).where(*holder, ApiToken.expires_at <= func.now())
    session.execute(expired.values(revoked_at=func.now()))
    if session.scalar(select(ApiToken.id).where(*holder)):
        raise InvalidRequest(
            f"There is a token {name!r} already: choose another name, or revoke it first."
        )
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            organization_id=organization_id,
            user_id=user_id,
            name=name,
            token_hash=token_hash(token),
            expires_at=None if days is None else func.now() + timedelta(days=days),
        )
    )
    session.flush()
    email = session.scalar(select(User.email).where(User.id == user_id))
    record_act(
        session, organization_id, OPERATOR, "token.created", name=name, email=email, days=days
    )
    return token


def revoke_token(session: Session, *, organization_id: int, name: str) -> None:
    """Revokes the token with this name, and frees the name.

    Raises `NotFound`, or `InvalidRequest` if the token was revoked before.
    """
    named = (ApiToken.organization_id == organization_id, ApiToken.name == name)
    in_use = update(ApiToken).where(*named, ApiToken.revoked_at.is_(None))
    revoked = session.scalar(in_use.values(revoked_at=func.now()).returning(ApiToken.id))
    if revoked is not None:
        record_act(session, organization_id, OPERATOR, "token.revoked", name=name)
        return
    if session.scalar(select(ApiToken.id).where(*named).limit(1)) is None:
        raise NotFound(f"There is no token {name!r}.")
    raise InvalidRequest(f"The token {name!r} was revoked before.")


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as the list shows it, with the e-mail address of its user."""

    name: str
    user: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def list_tokens(session: Session, organization_id: int) -> list[ListedToken]:
    """The organisation's tokens by name, revoked ones included."""
    listed = (
        select(
            ApiToken.name,
            User.email,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            ApiToken.revoked_at,
        )
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.organization_id == organization_id)
        .order_by(ApiToken.name, ApiToken.id)
    )
    return [ListedToken(*row) for row in session.execute(listed)]


def token_names(session: Session, token_ids: Sequence[int]) -> dict[int, str]:
    """The names of these tokens of the organisation, revoked ones included."""
    if not token_ids:
        return {}
    named = select(ApiToken.id, ApiToken.name).where(ApiToken.id == any_of(sorted(set(token_ids))))
    return dict(session.execute(named).all())


def is_in_use() -> ColumnElement[bool]:
    """Whether a token is valid; the caller joins its user's present membership."""
    not_over = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > func.now())
    return and_(ApiToken.revoked_at.is_(None), not_over)


def note_use(organization_id: int, token_id: int) -> None:
    """Sets when the token was last used; skips it while another request does so."""
    # A key lock does not wait for inserts into the audit log, whose foreign key locks the row, too.
    free = select(ApiToken.id).where(ApiToken.id == token_id)
    free = free.with_for_update(skip_locked=True, key_share=True)
    with org_transaction(organization_id) as session:
        session.execute(
            update(ApiToken)
            .where(ApiToken.id == free.scalar_subquery())
            .values(last_used_at=func.now())
        )


def token_hash(token: str) -> str:
    """What `api_tokens.token_hash` holds for `token`."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
