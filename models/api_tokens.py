"""API tokens: shown once when made, kept only as a hash.

A token is 32 random bytes, so a plain SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from models.errors import InvalidRequest, NotFound
from models.organization import ApiToken
from models.search_text import any_of

PREFIX = "billmill_"


def create_token(session: Session, *, organization_id: int, user_id: int, name: str) -> str:
    """Stores a new token's hash and returns the token, which cannot be read again.

    A name that the organisation has given already raises `sqlalchemy.exc.IntegrityError`.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            organization_id=organization_id,
            user_id=user_id,
            name=name,
            token_hash=token_hash(token),
        )
    )
    session.flush()
    return token


def revoke_token(session: Session, *, organization_id: int, name: str) -> None:
    """The token of that name opens nothing from now on.

    Raises `NotFound`, and `InvalidRequest` for one that was revoked before.
    """
    named = (ApiToken.organization_id == organization_id, ApiToken.name == name)
    in_use = update(ApiToken).where(*named, ApiToken.revoked_at.is_(None))
    revoked = session.scalar(in_use.values(revoked_at=func.now()).returning(ApiToken.id))
    if revoked is not None:
        return
    if session.scalar(select(ApiToken.id).where(*named)) is None:
        raise NotFound(f"There is no token {name!r}.")
    raise InvalidRequest(f"The token {name!r} was revoked before.")


def token_names(session: Session, token_ids: Sequence[int]) -> dict[int, str]:
    """The names of these tokens of the organisation, revoked ones included."""
    if not token_ids:
        return {}
    named = select(ApiToken.id, ApiToken.name).where(ApiToken.id == any_of(sorted(set(token_ids))))
    return dict(session.execute(named).all())


def is_in_use() -> ColumnElement[bool]:
    """Whether a token still opens something; that its user is a member is the caller's join."""
    return ApiToken.revoked_at.is_(None)


def token_hash(token: str) -> str:
    """What `api_tokens.token_hash` holds for `token`."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
