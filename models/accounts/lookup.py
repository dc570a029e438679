"""Who is asking: an account is a user in one organisation.

Looking one up by e-mail or token happens before the organisation is known, so it crosses
organisations, for reading accounts only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import BigInteger, Float, Select, Text, bindparam, cast, func, select

from models.accounts.api_tokens import USED_EVERY, is_in_use, token_hash
from models.accounts.credentials import Credential
from models.accounts.passwords import NOBODYS_HASH, password_matches
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

    Who came with a session or an API token has its id; `token_unnoted` says that the token's row
    does not know yet that it was used just now.
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
    token_unnoted: bool = False

    @property
    def credential(self) -> Credential:
        """What the account came with; an account that only a password names has none."""
        if self.session_id is not None:
            return Credential("session", self.session_id)
        if self.token_id is not None:
            return Credential("token", self.token_id)
        raise LookupError("The account came with neither a session nor a token.")


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """An open session: its account, and those that its user can switch to, the same among them.

    `unnoted` says that its row does not know yet that it was seen just now.
    """

    session_id: int
    account: Account
    accounts: tuple[Account, ...]
    started_at: datetime
    expires_at: datetime
    unnoted: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom an e-mail address names, before the password is looked at; perhaps nobody.

    `key` is the same for all spellings that lead to the same user, and for all that the database
    takes for the same unknown address.
    """

    key: str
    accounts: tuple[Account, ...]
    _password_hash: str

    def account(self, password: str, *, preferred: str | None = None) -> Account:
        """The account with the `preferred` slug, else the one that the user joined first.

        Raises `InvalidCredentials`, the same whether the address or the password is wrong, after
        the same time.
        """
        if not password_matches(self._password_hash, password) or not self.accounts:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
        slugs = [account.organization_slug for account in self.accounts]
        return self.accounts[slugs.index(preferred) if preferred in slugs else 0]


def candidate_by_email(email: str) -> Candidate:
    """Whom the address names, in whichever case it is written."""
    email = email.replace("\0", "\ufffd")
    place = int.from_bytes(hashlib.sha256(email.encode(errors="replace")).digest()[:6]) / 2**48
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
            .add_columns(User.password_hash)
            .where(func.lower(User.email) == func.lower(email))
            .order_by(Membership.created_at, Membership.organization_id)
        ).all()
        # Asked for known addresses too, for the same number of statements.
        folded, stand_in = session.execute(_STAND_IN, {"email": email, "place": place}).one()
    accounts = tuple(Account(*account) for *account, _password_hash in found)
    if accounts:
        return Candidate(f"user {accounts[0].user_id}", accounts, found[0].password_hash)
    return Candidate(f"address {folded}", (), stand_in or NOBODYS_HASH)


def account_by_password(email: str, password: str, *, preferred: str | None = None) -> Account:
    """The account of an e-mail address and its password; raises `InvalidCredentials`."""
    return candidate_by_email(email).account(password, preferred=preferred)


def account_by_token(token: str) -> Account:
    """The account in whose name an API token acts.

    Raises `InvalidCredentials` if it is unknown or revoked, `TokenExpired` if it was valid once.
    """
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
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
    *account, token_id, unnoted, expires_at, in_use = found
    if not in_use:
        raise TokenExpired(
            f"The API token expired on {expires_at:%Y-%m-%d}; an operator makes another with "
            "`billmill token create`."
        )
    return replace(Account(*account), token_id=token_id, token_unnoted=unnoted)


def account_by_session(token_hash: str) -> OpenLogin | None:
    """The login whose cookie has this hash; None when it is unknown or over.

    Its accounts are in alphabetical order. Over it is also once its user has left the
    organisation or has a new password.
    """
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
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
    for *account, session_id, worked_in, started_at, expires_at, unnoted in found:
        accounts.append(Account(*account))
        if accounts[-1].organization_id == worked_in:
            own = accounts[-1] = replace(accounts[-1], session_id=session_id)
            login = OpenLogin(session_id, own, (), started_at, expires_at, unnoted)
    return None if login is None else replace(login, accounts=tuple(accounts))


# Checked for an address that nobody has: some user's hash, always the same one for the address, so
# that the check takes as long as any other here, those of hashes with former parameters included.
_ID_AT_PLACE = bindparam("place", type_=Float) * select(func.max(User.id)).scalar_subquery()
_STAND_IN = select(
    func.lower(bindparam("email", type_=Text)),
    select(User.password_hash)
    .where(User.id >= cast(_ID_AT_PLACE, BigInteger))
    .order_by(User.id)
    .limit(1)
    .scalar_subquery(),
)


def _accounts() -> Select[int, str, str, int, str, str, str]:
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
