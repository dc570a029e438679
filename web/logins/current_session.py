"""Signing in, switching the organisation and signing out, in the browser that sent the request."""

from __future__ import annotations

from datetime import datetime

from flask import after_this_request, current_app, g, request

from models.accounts.lookup import Account, OpenLogin
from models.accounts.password_login import candidate_by_email
from models.accounts.passwords import login_slot
from models.accounts.user_sessions import Beginning, Ending, begin_session, end_session
from models.errors import InvalidCredentials, LoginRequired, NotFound, TooManyAttempts
from web.auth import author_of, current_account, current_login, switchable_accounts
from web.logins.cookies import delete_session_cookie, hash_of, new_token, set_session_cookie
from web.logins.device_cookie import known_browser, remember_browser
from web.logins.failed_logins import FailedLogins
from web.logins.limit import LoginLimit


def sign_in(email: str, password: str, *, preferred: str | None = None) -> Account:
    """Begins a session in the organisation with the `preferred` slug, or in the user's first.

    Raises `InvalidCredentials`, `TooManyAttempts` after failures, or `LoginsBusy`.
    """
    limit: LoginLimit = current_app.extensions["login_limit"]
    address = request.remote_addr or ""
    with login_slot():
        candidate = candidate_by_email(email.strip())
        browser = known_browser(candidate.key)
        try:
            limit.admit(candidate.key, address, browser)
            account = candidate.account(password, preferred=preferred)
        except (InvalidCredentials, TooManyAttempts) as error:
            failed: FailedLogins = current_app.extensions["failed_logins"]
            failed.add(candidate, address, refused=isinstance(error, TooManyAttempts))
            raise
        limit.forget(candidate.key, address, browser)
    remember_browser(candidate.key)
    before = current_login()
    if before is not None:
        _end_session(before, "replaced")
    _begin_session(account)
    return account


def switch_organization(slug: str) -> Account:
    """Replaces the session with one in another of the user's organisations; raises `NotFound`.

    The new session expires when the former one would have.
    """
    current_account()
    wanted = (each for each in switchable_accounts() if each.organization_slug == slug)
    account, login = next(wanted, None), current_login()
    if account is None or login is None:
        raise NotFound("You do not work in that organisation.")
    if not _end_session(login, "switched"):
        raise LoginRequired("Your session has ended meanwhile; sign in again.")
    _begin_session(account, lasting=(login.started_at, login.expires_at))
    return account


def sign_out() -> None:
    """Ends the session, if there is one."""
    login = current_login()
    if login is not None:
        _end_session(login, "logged_out")
    after_this_request(delete_session_cookie)
    g.account = g.login = None


def _begin_session(account: Account, lasting: tuple[datetime, datetime] | None = None) -> None:
    token = new_token()
    beginning = Beginning(
        account.organization_id,
        account.user_id,
        account.password_mark,
        hash_of(token),
        request.remote_addr,
        request.user_agent.string,
        lasting,
    )
    begin_session(beginning, author_of(account))
    after_this_request(lambda response: set_session_cookie(response, token))
    g.account = account


def _end_session(login: OpenLogin, why: Ending) -> bool:
    """Ends the session; returns False if it had already ended."""
    account = login.account
    return end_session(account.organization_id, login.session_id, why, author_of(account))
