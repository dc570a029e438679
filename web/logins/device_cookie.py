"""The device cookie of a browser that has signed in to an account before.

The signed cookie names the account and the browser, after OWASP's "Slow Down Online Guessing
Attacks with Device Cookies". It gives no access; it only prevents the guesses of other clients
from locking out the owner of the account (`web/logins/limit.py`).
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import Response, after_this_request, current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from web.logins.cookies import read_cookie, set_cookie

COOKIE: Final = "billmill_browser"
_SECONDS: Final = 365 * 24 * 60 * 60


def known_browser(account: str) -> str | None:
    """The id of this browser if it has signed in to the account before, otherwise None."""
    try:
        found = _serializer().loads(read_cookie(COOKIE) or "", max_age=_SECONDS)
    except BadData:
        return None
    known_to, browser = found
    return str(browser) if known_to == account else None


def remember_browser(account: str) -> None:
    """Makes the response set the cookie for this account, replacing that of any other."""
    browser = known_browser(account) or secrets.token_urlsafe(16)
    value = _serializer().dumps([account, browser])

    @after_this_request
    def add_cookie(response: Response) -> Response:
        return set_cookie(response, COOKIE, value, _SECONDS)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known browser")
