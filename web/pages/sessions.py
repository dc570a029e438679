"""The page of the user's sessions: where they are signed in, with a way to end each."""

from __future__ import annotations

import contextlib

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.accounts.session_list import open_sessions
from models.errors import NotFound
from web.auth import current_account, login_required
from web.logins.own_sessions import end_own_session, end_own_sessions
from web.pages.paging import page_links
from web.pages.user_agents import browser_words

pages = Blueprint("sessions", __name__, url_prefix="/sessions")


@pages.get("")
@login_required
def index() -> str:
    """The open sessions, newest first."""
    account = current_account()
    page = open_sessions(account.user_id, after=request.args.get("cursor"), limit=50)
    return render_template(
        "session/sessions.html",
        sessions=page.items,
        browser_words=browser_words,
        links=page_links(page.next_cursor),
    )


@pages.post("/<int:session_id>/end")
@login_required
def end(session_id: int) -> Response:
    """Ends a session; it is no error if the session has already ended."""
    with contextlib.suppress(NotFound):
        end_own_session(session_id)
    return redirect(url_for("sessions.index"))


@pages.post("/end-others")
@login_required
def end_others() -> Response:
    """Ends all sessions except this one."""
    end_own_sessions()
    return redirect(url_for("sessions.index"))
