"""The cookies of people who log in: a session's random token, where they worked last, and others.

Over https their names begin with `__Host-`: a browser takes such a cookie only from this host
itself, over https, and for all paths, so that no neighbouring host can plant one (RFC 6265bis,
section 4.1.3.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TypeVar

from flask import current_app, request
from werkzeug.wrappers import Response

R = TypeVar("R", bound=Response)

SESSION = "billmill_session"
# The organisation that was worked in last with this browser, by slug.
LAST_ORGANIZATION = "billmill_organization"
_SESSION_SECONDS = 12 * 60 * 60
_REMEMBERED_SECONDS = 365 * 24 * 60 * 60


def new_token() -> str:
    """What a session's cookie holds: 32 random bytes."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What the session's row holds; keyed, so that a new SECRET_KEY ends all sessions."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def session_token() -> str | None:
    """The token that came with this request."""
    return read_cookie(SESSION) or None


def give_token(response: R, token: str) -> R:
    """The response, which makes the browser keep the session's token."""
    return put_cookie(response, SESSION, token, _SESSION_SECONDS)


def take_token(response: R) -> R:
    """The response, which makes the browser forget the session's token."""
    response.delete_cookie(
        named(SESSION, secure=request.is_secure),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def last_organization() -> str | None:
    """The slug that this browser remembers."""
    return read_cookie(LAST_ORGANIZATION)


def remember_organization(response: R, slug: str) -> R:
    """The response, which makes the browser remember the slug for a year."""
    return put_cookie(response, LAST_ORGANIZATION, slug, _REMEMBERED_SECONDS)


def read_cookie(name: str) -> str | None:
    """What came with this request."""
    return request.cookies.get(named(name, secure=request.is_secure))


def put_cookie(response: R, name: str, value: str, seconds: int) -> R:
    """The response, which makes the browser keep a cookie that no script reads."""
    response.set_cookie(
        named(name, secure=request.is_secure),
        value,
        max_age=seconds,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def named(name: str, *, secure: bool) -> str:
    """What the cookie is called over https (`secure`) or http."""
    return f"__Host-{name}" if secure else name
