"""Logging in and out, and switching to another organisation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import InvalidCredentials, TooManyAttempts
from web.auth import login_required
from web.logins.cookies import last_organization, remember_organization
from web.logins.current_session import sign_in, sign_out, switch_organization

pages = Blueprint("session", __name__)


@pages.get("/")
def start() -> Response:
    """The start page is the list of orders."""
    return redirect(url_for("orders.index"))


@pages.get("/login")
def login_form() -> str:
    """The login form, which then leads to the requested page."""
    return _form(request.args.get("next", ""))


@pages.post("/login")
def login() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Logs in and redirects to the requested page."""
    destination = request.form.get("next", "")
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        account = sign_in(email, password, preferred=last_organization())
    except InvalidCredentials as refused:
        return _form(destination, refused.message), 401
    except TooManyAttempts as refused:
        wait = {"Retry-After": str(refused.retry_after)}
        return _form(destination, refused.message), 429, wait
    destination = destination if _is_own(destination) else url_for("orders.index")
    return remember_organization(redirect(destination), account.organization_slug)


@pages.post("/organization")
@login_required
def switch() -> Response:
    """Switches to another organisation of the same user, and redirects to its orders."""
    account = switch_organization(request.form.get("organization", ""))
    return remember_organization(redirect(url_for("orders.index")), account.organization_slug)


@pages.post("/logout")
def logout() -> Response:
    """Logs out."""
    sign_out()
    return redirect(url_for("session.login"))


def _form(destination: str, problem: str | None = None) -> str:
    email = request.form.get("email", "")
    return render_template(
        "session/login.html", destination=destination, problem=problem, email=email
    )


def _is_own(destination: str) -> bool:
    """Whether `destination` is a path of this site.

    Browsers read `//` and `/\\` as the beginning of another host, and drop control characters.
    """
    own = destination.startswith("/") and destination[1:2] not in ("/", "\\")
    return own and destination.isprintable()
