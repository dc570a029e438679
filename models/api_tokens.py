"""API tokens: shown once when made, kept only as a hash.

A token is 32 random bytes, so a plain SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy.orm import Session

from models.organization import ApiToken

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


def token_hash(token: str) -> str:
    """What `api_tokens.token_hash` holds for `token`."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
