"""Who is asking: an account is a user in one organisation.

Looking one up by e-mail or token happens before the organisation is known, so it crosses
organisations, for reading accounts only.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from models.api_tokens import token_hash
from models.database import crossing_transaction
from models.errors import InvalidCredentials
from models.organization import ApiToken, Membership, Organization, User
from models.passwords import password_matches


@dataclass(frozen=True, slots=True)
class Account:
    """A user as they act in one organisation; `role` is `admin` or `member`.

    A session that was begun under another `password_mark` has ended.
    """

    user_id: int
    email: str
    role: str
    organization_id: int
    organization_slug: str
    organization_name: str
    password_mark: str


def account_by_password(email: str, password: str, *, preferred: str | None = None) -> Account:
    """The account of an e-mail address (in any case) and its password.

    A user of several organisations gets the one with the `preferred` slug, else the one they
    joined first. Raises `InvalidCredentials`, the same whether the address or the password is
    wrong, after the same time.
    """
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
            .add_columns(User.password_hash)
            .where(func.lower(User.email) == func.lower(email.replace("\0", "\ufffd")))
            .order_by(Membership.created_at, Membership.organization_id)
        ).all()
    known_hash = found[0].password_hash if found else None
    if not password_matches(known_hash, password) or not found:
        raise InvalidCredentials("The e-mail address or the password is wrong.")
    accounts = [Account(*account) for *account, _password_hash in found]
    return next((each for each in accounts if each.organization_slug == preferred), accounts[0])


def account_by_token(token: str) -> Account:
    """The account that made an API token; raises `InvalidCredentials` if unknown or revoked."""
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
            .join(
                ApiToken,
                (ApiToken.user_id == User.id)
                & (ApiToken.organization_id == Membership.organization_id),
            )
            .where(ApiToken.token_hash == token_hash(token), ApiToken.revoked_at.is_(None))
        ).one_or_none()
    if found is None:
        raise InvalidCredentials("The API token is unknown or has been revoked.")
    return Account(*found)


def accounts_of_user(user_id: int) -> tuple[Account, ...]:
    """One account for each organisation that a user works in, in alphabetical order."""
    with crossing_transaction("login") as session:
        found = session.execute(
            _accounts()
            .where(Membership.user_id == user_id)
            .order_by(func.lower(Organization.name), Organization.slug)
        ).all()
    return tuple(Account(*account) for account in found)


# Another one after each change of the password, even back to a former one. The hash has a random
# salt of 16 bytes: nothing can be guessed from the mark.
_PASSWORD_MARK = func.encode(func.sha256(func.convert_to(User.password_hash, "UTF8")), "hex")


def _accounts() -> Select[int, str, str, int, str, str, str]:
    return (
        select(
            User.id,
            User.email,
            Membership.role,
            Organization.id,
            Organization.slug,
            Organization.name,
            _PASSWORD_MARK,
        )
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
    )
