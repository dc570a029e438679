"""The account of a request, from its session cookie or `Authorization: Bearer <token>`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from models.accounts.api_tokens import note_use
from models.accounts.audit import Author
from models.accounts.lookup import Account, OpenLogin, account_by_session, account_by_token
from models.accounts.user_sessions import note_request
from models.errors import InvalidCredentials, LoginRequired, OtherOrganization
from web.logins.cookies import hash_of, session_token

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

LOGIN_PAGE = "/login"
START_PAGE = "/orders"
# Our pages send the slug of their organisation in this header.
PAGE_ORGANIZATION = "Billmill-Organization"
# Our pages send this header with requests that no user action caused: they keep no session open.
UNATTENDED = "Billmill-Unattended"


def current_account_or_none() -> Account | None:
    """The account of this request, looked up once; None without a session or token.

    An Authorization header takes precedence over a cookie. Raises `InvalidCredentials` for an
    invalid token.
    """
    if "account" not in g:
        g.account = _account_of_request()
    return cast("Account | None", g.account)


def current_account() -> Account:
    """The account of this request; raises `LoginRequired` when there is none."""
    account = current_account_or_none()
    if account is None:
        raise LoginRequired("Sign in, or send an API token as `Authorization: Bearer …`.")
    return account


def require_account() -> ResponseReturnValue | None:
    """For `Blueprint.before_request`: the API answers 401, pages redirect to the login page."""
    if request.path.startswith("/api/"):
        current_account()
        return None
    if current_account_or_none() is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else START_PAGE
        return redirect(f"{LOGIN_PAGE}?{urlencode({'next': wanted})}")
    return None


def login_required(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Decorates a single view; works like `require_account`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
        refusal = require_account()
        return view(*args, **kwargs) if refusal is None else refusal

    return guarded


def current_author() -> Author:
    """The author of what this request does, for the audit log."""
    return author_of(current_account())


def author_of(account: Account) -> Author:
    """The account as an author at the network address of this request."""
    return Author(account.user_id, request.remote_addr, account.token_id)


def switchable_accounts() -> tuple[Account, ...]:
    """The accounts that the user of this request can switch between, if they were looked up."""
    login: OpenLogin | None = g.get("login")
    return () if login is None else login.accounts


def current_login() -> OpenLogin | None:
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
        if account.token_use_is_stale and account.token_id is not None:
            _note(note_use, account.organization_id, account.token_id)
        return account
    login = current_login()
    if login is None:
        return None
    _refuse_other_organization(login.account)
    if login.last_seen_is_stale and not _is_unattended():
        _note(note_request, login.account.organization_id, login.session_id)
    return login.account


def _is_unattended() -> bool:
    """Whether the page refreshes or reopens a socket without any action of its user."""
    return UNATTENDED in request.headers or request.path.startswith("/ws/")


def _note(note: Callable[[int, int], None], organization_id: int, row_id: int) -> None:
    """Records the time of the request; a read-only database must not prevent reading."""
    try:
        note(organization_id, row_id)
    except SQLAlchemyError as error:
        logger.warning("A request is not recorded: %s: %s", note.__name__, type(error).__name__)


def _refuse_other_organization(account: Account) -> None:
    """A page that was open when its user switched must not act on the other organisation."""
    slug = request.headers.get(PAGE_ORGANIZATION)
    if slug not in (None, account.organization_slug):
        raise OtherOrganization(
            f"You have switched to {account.organization_name} since this page was opened: "
            "reload the page."
        )
