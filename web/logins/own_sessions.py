"""Ends the user's own sessions, for the page and the API."""

from __future__ import annotations

from models.accounts.lookup import Account
from models.accounts.session_list import open_session
from models.accounts.user_sessions import end_all, end_session
from models.database import org_transaction
from models.errors import NotFound
from web.auth import current_account, current_author, switchable_accounts


def visible_organization(account: Account) -> int | None:
    """The organisation whose sessions a token sees; None (all) for a user who is signed in."""
    return account.organization_id if account.session_id is None else None


def end_own_session(session_id: int) -> None:
    """Ends one session; raises `NotFound` if it is not the user's, or not open."""
    account = current_account()
    found = open_session(account.user_id, session_id, organization_id=visible_organization(account))
    if not end_session(found.organization_id, found.id, "revoked", current_author()):
        raise NotFound("The session has ended meanwhile.")


def end_own_sessions() -> int:
    """Ends all of the user's sessions but this one; returns how many."""
    account, author = current_account(), current_author()
    ended = 0
    for each in switchable_accounts() or (account,):
        with org_transaction(each.organization_id) as session:
            ended += end_all(
                session,
                each.organization_id,
                account.user_id,
                "revoked",
                author,
                except_id=account.session_id,
            )
    return ended
