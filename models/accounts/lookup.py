"""Accounts, each a user in one organisation: which one a token or a session cookie belongs to.

A lookup happens before the organisation is known, so it crosses organisations, and only reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, func, select

from models.accounts.api_tokens import USED_EVERY, is_in_use, token_hash
from models.accounts.credentials import Credential
from models.accounts.user_sessions import SEEN_EVERY, is_open, password_mark
from models.database import crossing_transaction
from models.errors import InvalidCredentials, TokenExpired
from models.tables.api_token import ApiToken
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User
from models.tables.user_session import UserSession


@dataclass(frozen=True, slots=True)
class Account:
    """A user as they act in one organisation; `role` is `admin` or `member`.

    It has the id of the session or API token that it was looked up by. With `token_use_is_stale`
    the token's row does not show this use yet.
    """

    user_id: int
    email: str
    role: str
    organization_id: int
    organization_slug: str
    organization_name: str
    password_mark: str
    session_id: int | None = None
    token_id: int | None = None
    token_use_is_stale: bool = False

    @property
    def credential(self) -> Credential:
        """The session or token of the account; raises `LookupError` after a login by password."""
        if self.session_id is not None:
            return Credential("session", self.session_id)
        if self.token_id is not None:
            return Credential("token", self.token_id)
        raise LookupError("The account has neither a session nor a token.")


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """An open session: its account, and all accounts that its user can switch between.

    With `last_seen_is_stale` its row does not show this use yet.
    """

    session_id: int
    account: Account
    accounts: tuple[Account, ...]
    started_at: datetime
    expires_at: datetime
    last_seen_is_stale: bool


def account_by_token(token: str) -> Account:
    """The account as which an API token acts.

    Raises `InvalidCredentials` if it is unknown or revoked, `TokenExpired` if it has expired.
    """
    with crossing_transaction("login") as session:
        found = session.execute(
            accounts_select()
            .join(
                ApiToken,
                (ApiToken.user_id == User.id)
                & (ApiToken.organization_id == Membership.organization_id),
            )
            .where(ApiToken.token_hash == token_hash(token), ApiToken.revoked_at.is_(None))
            .add_columns(
                ApiToken.id,
                func.coalesce(ApiToken.last_used_at < func.now() - USED_EVERY, True),
                ApiToken.expires_at,
                is_in_use(),
            )
        ).one_or_none()
    if found is None:
        raise InvalidCredentials("The API token is unknown or has been revoked.")
    *account, token_id, last_seen_is_stale, expires_at, in_use = found
    if not in_use:
        raise TokenExpired(
            f"The API token expired on {expires_at:%Y-%m-%d}; an operator makes another with "
            "`billmill token create`."
        )
    return replace(Account(*account), token_id=token_id, token_use_is_stale=last_seen_is_stale)


def account_by_session(token_hash: str) -> OpenLogin | None:
    """The open session whose cookie has this hash; None when it is unknown or has ended.

    It has also ended when its user has left the organisation or has a new password. The accounts
    are in alphabetical order of their organisations.
    """
    with crossing_transaction("login") as session:
        found = session.execute(
            accounts_select()
            .join(UserSession, UserSession.user_id == User.id)
            .add_columns(
                UserSession.id,
                UserSession.organization_id,
                UserSession.started_at,
                UserSession.expires_at,
                UserSession.last_seen_at < func.now() - SEEN_EVERY,
            )
            .where(UserSession.token_hash == token_hash, is_open())
            .order_by(func.lower(Organization.name), Organization.slug)
        ).all()
    login = None
    accounts = []
    for *account, session_id, worked_in, started_at, expires_at, last_seen_is_stale in found:
        accounts.append(Account(*account))
        if accounts[-1].organization_id == worked_in:
            own = accounts[-1] = replace(accounts[-1], session_id=session_id)
            login = OpenLogin(session_id, own, (), started_at, expires_at, last_seen_is_stale)
    return None if login is None else replace(login, accounts=tuple(accounts))


def accounts_select() -> Select[int, str, str, int, str, str, str]:
    return (
        select(
            User.id,
            User.email,
            Membership.role,
            Organization.id,
            Organization.slug,
            Organization.name,
            password_mark(),
        )
        .join(Membership, (Membership.user_id == User.id) & Membership.ended_at.is_(None))
        .join(Organization, Organization.id == Membership.organization_id)
    )
