"""Who is asking: a session cookie from the login page, or `Authorization: Bearer <token>`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import after_this_request, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from models.accounts.api_tokens import note_use
from models.accounts.audit import Author
from models.accounts.lookup import (
    Account,
    OpenLogin,
    account_by_session,
    account_by_token,
    candidate_by_email,
)
from models.accounts.passwords import place_to_log_in
from models.accounts.user_sessions import (
    Beginning,
    Ending,
    begin_session,
    end_session,
    note_request,
)
from models.errors import (
    InvalidCredentials,
    LoginRequired,
    NotFound,
    OtherOrganization,
    TooManyAttempts,
)
from web.logins.cookies import give_token, hash_of, new_token, session_token, take_token
from web.logins.device_cookie import known_browser, remember_browser
from web.logins.failed_logins import FailedLogins
from web.logins.limit import LoginLimit

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

LOGIN_PAGE = "/login"
START_PAGE = "/orders"
# Our pages send it with what they ask for: whose they are, by slug.
PAGE_ORGANIZATION = "Billmill-Organization"
# And with what they ask for by themselves: it keeps no session open.
UNATTENDED = "Billmill-Unattended"


def current_account_or_none() -> Account | None:
    """The account of this request, looked up once; None when nobody is logged in.

    A request with an Authorization header is judged by it alone. Raises `InvalidCredentials` for
    a token that is not valid.
    """
    if "account" not in g:
        g.account = _account_of_request()
    return cast("Account | None", g.account)


def current_account() -> Account:
    """The account of this request; raises `LoginRequired` when there is none."""
    account = current_account_or_none()
    if account is None:
        raise LoginRequired("Log in, or send an API token as `Authorization: Bearer …`.")
    return account


def require_account() -> ResponseReturnValue | None:
    """For `Blueprint.before_request`: the API answers 401, pages lead to the login."""
    if request.path.startswith("/api/"):
        current_account()
        return None
    if current_account_or_none() is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else START_PAGE
        return redirect(f"{LOGIN_PAGE}?{urlencode({'next': wanted})}")
    return None


def login_required(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """For a single view: as `require_account`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
        refusal = require_account()
        return view(*args, **kwargs) if refusal is None else refusal

    return guarded


def authenticate(email: str, password: str, *, preferred: str | None = None) -> Account:
    """Begins a session in the user's `preferred` organisation (by slug), else in their first.

    Raises `InvalidCredentials`, `TooManyAttempts` after failures, or `LoginsBusy`.
    """
    limit: LoginLimit = current_app.extensions["login_limit"]
    address = request.remote_addr or ""
    with place_to_log_in():
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
    before = _login()
    if before is not None:
        _end_session(before, "replaced")
    _begin_session(account)
    return account


def switch_organization(slug: str) -> Account:
    """Goes on in another of the user's organisations; raises `NotFound` for one that is not.

    The session there expires when the former one would have.
    """
    current_account()
    wanted = (each for each in accounts_of_reader() if each.organization_slug == slug)
    account, login = next(wanted, None), _login()
    if account is None or login is None:
        raise NotFound("You do not work in that organisation.")
    if not _end_session(login, "switched"):
        raise LoginRequired("Your session has ended meanwhile; sign in again.")
    _begin_session(account, lasting=(login.started_at, login.expires_at))
    return account


def sign_out() -> None:
    """Ends the session, if there is one."""
    login = _login()
    if login is not None:
        _end_session(login, "logged_out")
    after_this_request(take_token)
    g.account = g.login = None


def current_author() -> Author:
    """Who acts by this request, and from where."""
    return author_of(current_account())


def author_of(account: Account) -> Author:
    """The account as the author of what this request does."""
    return Author(account.user_id, request.remote_addr, account.token_id)


def accounts_of_reader() -> tuple[Account, ...]:
    """The accounts that the user of this request can switch between, as far as looked up."""
    login: OpenLogin | None = g.get("login")
    return () if login is None else login.accounts


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
    after_this_request(lambda response: give_token(response, token))
    g.account = account


def _end_session(login: OpenLogin, why: Ending) -> bool:
    """Whether it was still open."""
    account = login.account
    return end_session(account.organization_id, login.session_id, why, author_of(account))


def _login() -> OpenLogin | None:
    """The open session whose cookie came with this request, looked up once."""
    if "login" not in g:
        token = session_token()
        g.login = None if token is None else account_by_session(hash_of(token))
    return cast("OpenLogin | None", g.login)


def _account_of_request() -> Account | None:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidCredentials("The API reads `Authorization: Bearer …` with an API token.")
        account = account_by_token(token.strip())
        if account.token_unnoted and account.token_id is not None:
            _note(note_use, account.organization_id, account.token_id)
        return account
    login = _login()
    if login is None:
        return None
    _refuse_page_of_another(login.account)
    if login.unnoted and not _is_unattended():
        _note(note_request, login.account.organization_id, login.session_id)
    return login.account


def _is_unattended() -> bool:
    """Whether the page asks by itself, or opens a socket again, without anybody having acted."""
    return UNATTENDED in request.headers or request.path.startswith("/ws/")


def _note(note: Callable[[int, int], None], organization_id: int, row_id: int) -> None:
    """A database that only reads must not keep people and programs from reading."""
    try:
        note(organization_id, row_id)
    except SQLAlchemyError as error:
        logger.warning("The last request is not noted: %s: %s", note.__name__, type(error).__name__)


def _refuse_page_of_another(account: Account) -> None:
    """A page that was open when its reader switched must not act on the other organisation."""
    slug = request.headers.get(PAGE_ORGANIZATION)
    if slug not in (None, account.organization_slug):
        raise OtherOrganization(
            f"You have switched to {account.organization_name} since this page was opened: "
            "load the page anew."
        )
