"""Who is asking: a session cookie from the login page, or `Authorization: Bearer <token>`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue

from models.accounts import (
    Account,
    account_by_token,
    accounts_of_user,
    candidate_by_email,
)
from models.audit import Author, record_act
from models.database import org_transaction
from models.errors import InvalidCredentials, LoginRequired, NotFound, OtherOrganization
from models.passwords import place_to_log_in
from web.known_browser import known_browser, remember_browser
from web.login_limit import LoginLimit

P = ParamSpec("P")
R = TypeVar("R")

LOGIN_PAGE = "/login"
START_PAGE = "/orders"
# Our pages send it with what they ask for: whose they are, by slug.
PAGE_ORGANIZATION = "Billmill-Organization"


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
        limit.admit(candidate.key, address, browser)
        account = candidate.account(password, preferred=preferred)
        limit.forget(candidate.key, address, browser)
    remember_browser(candidate.key)
    _begin_session(account)
    return account


def switch_organization(slug: str) -> Account:
    """Goes on in another of the user's organisations; raises `NotFound` for one that is not."""
    current_account()
    for account in accounts_of_reader():
        if account.organization_slug == slug:
            _begin_session(account)
            return account
    raise NotFound("You do not work in that organisation.")


def accounts_of_reader() -> tuple[Account, ...]:
    """The accounts that the user of this request can switch between, as far as looked up."""
    return cast("tuple[Account, ...]", g.get("accounts", ()))


def _begin_session(account: Account) -> None:
    with org_transaction(account.organization_id) as transaction:
        author = Author(account.user_id, request.remote_addr)
        record_act(transaction, account.organization_id, author, "session.opened")
    session.clear()
    session.permanent = True
    session["user_id"] = account.user_id
    session["organization_id"] = account.organization_id
    session["password_mark"] = account.password_mark
    g.account = account


def sign_out() -> None:
    """Ends the session."""
    session.clear()
    g.account = None


def _account_of_request() -> Account | None:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidCredentials("The API reads `Authorization: Bearer …` with an API token.")
        return account_by_token(token.strip())
    if "user_id" not in session:
        return None
    g.accounts = accounts_of_user(session["user_id"])
    for account in accounts_of_reader():
        if _is_of_session(account):
            _refuse_page_of_another(account)
            return account
    return None


def _is_of_session(account: Account) -> bool:
    """Whether the session was begun with the account, and the password is still the same."""
    marked = (session["organization_id"], session.get("password_mark"))
    return marked == (account.organization_id, account.password_mark)


def _refuse_page_of_another(account: Account) -> None:
    """A page that was open when its reader switched must not act on the other organisation."""
    slug = request.headers.get(PAGE_ORGANIZATION)
    if slug not in (None, account.organization_slug):
        raise OtherOrganization(
            f"You have switched to {account.organization_name} since this page was opened: "
            "load the page anew."
        )
