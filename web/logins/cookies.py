"""Cookies: a session's random token, the last organisation, and how each cookie is set.

Over https their names begin with `__Host-`: a browser accepts such a cookie only from this host,
over https and for all paths, so no neighbouring host can set one (RFC 6265bis, section 4.1.3.2).
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
# The slug of the organisation that this browser used last.
LAST_ORGANIZATION = "billmill_organization"
_SESSION_SECONDS = 12 * 60 * 60
_REMEMBERED_SECONDS = 365 * 24 * 60 * 60


def new_token() -> str:
    """A new value for a session's cookie: 32 random bytes."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """The hash in the session's row; keyed, so that a new SECRET_KEY ends all sessions."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def session_token() -> str | None:
    """The session's token from this request."""
    return read_cookie(SESSION) or None


def set_session_cookie(response: R, token: str) -> R:
    """Adds the session's cookie to the response."""
    return set_cookie(response, SESSION, token, _SESSION_SECONDS)


def delete_session_cookie(response: R) -> R:
    """Makes the response delete the session's cookie."""
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
    """Makes the browser remember the slug for a year."""
    return set_cookie(response, LAST_ORGANIZATION, slug, _REMEMBERED_SECONDS)


def read_cookie(name: str) -> str | None:
    """The cookie's value from this request."""
    return request.cookies.get(named(name, secure=request.is_secure))


def set_cookie(response: R, name: str, value: str, seconds: int) -> R:
    """Adds a cookie to the response that scripts cannot read."""
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
    """The cookie's name over https (`secure`) or http."""
    return f"__Host-{name}" if secure else name
