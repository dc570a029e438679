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
    account_by_password,
    account_by_token,
    account_of_member,
)
from models.audit import Author, record_act
from models.database import org_transaction
from models.errors import InvalidCredentials, LoginRequired
from web.login_limit import LoginLimit

P = ParamSpec("P")
R = TypeVar("R")

LOGIN_PAGE = "/login"
START_PAGE = "/orders"


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


def authenticate(email: str, password: str) -> Account:
    """Begins a session in the user's organisation.

    Raises `InvalidCredentials`, or `TooManyAttempts` after ten failures within five minutes.
    """
    limit: LoginLimit = current_app.extensions["login_limit"]
    address = request.remote_addr or ""
    limit.count_attempt(address, email)
    account = account_by_password(email.strip(), password)
    limit.forget(address, email)
    with org_transaction(account.organization_id) as transaction:
        author = Author(account.user_id, request.remote_addr)
        record_act(transaction, account.organization_id, author, "session.opened")
    session.clear()
    session.permanent = True
    session["user_id"] = account.user_id
    session["organization_id"] = account.organization_id
    g.account = account
    return account


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
    return account_of_member(session["user_id"], session["organization_id"])
