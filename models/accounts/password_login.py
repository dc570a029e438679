"""Finds the account that an e-mail address and a password belong to.

An unknown address takes the same statements and the same hash check as a known one, so that neither
the answer nor its timing reveals which addresses have an account.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import BigInteger, Float, Text, bindparam, cast, func, select

from models.accounts.lookup import Account, accounts_select
from models.accounts.passwords import UNKNOWN_USER_HASH, password_matches
from models.database import crossing_transaction
from models.errors import InvalidCredentials
from models.tables.membership import Membership
from models.tables.user import User

# For an unknown address some user's hash is checked, always the same one for the same address. That
# takes as long as for a known address, even if some hashes have former parameters.
_ID_AT_PLACE = bindparam("place", type_=Float) * select(func.max(User.id)).scalar_subquery()
_STAND_IN = select(
    func.lower(bindparam("email", type_=Text)),
    select(User.password_hash)
    .where(User.id >= cast(_ID_AT_PLACE, BigInteger))
    .order_by(User.id)
    .limit(1)
    .scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The accounts of an e-mail address before its password is checked; there may be none.

    `key` is the same for all spellings of the address that the database folds into one.
    """

    key: str
    accounts: tuple[Account, ...]
    _password_hash: str

    def account(self, password: str, *, preferred: str | None = None) -> Account:
        """The account with the `preferred` slug, or otherwise the one that the user joined first.

        Raises the same `InvalidCredentials`, after the same time, for a wrong address and for a
        wrong password.
        """
        if not password_matches(self._password_hash, password) or not self.accounts:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
        slugs = [account.organization_slug for account in self.accounts]
        return self.accounts[slugs.index(preferred) if preferred in slugs else 0]


def candidate_by_email(email: str) -> Candidate:
    """The accounts of the address, in whichever case it is written."""
    email = email.replace("\0", "\ufffd")
    place = int.from_bytes(hashlib.sha256(email.encode(errors="replace")).digest()[:6]) / 2**48
    with crossing_transaction("login") as session:
        found = session.execute(
            accounts_select()
            .add_columns(User.password_hash)
            .where(func.lower(User.email) == func.lower(email))
            .order_by(Membership.created_at, Membership.organization_id)
        ).all()
        # This runs for a known address, too, so that both take the same number of statements.
        folded, stand_in = session.execute(_STAND_IN, {"email": email, "place": place}).one()
    accounts = tuple(Account(*account) for *account, _password_hash in found)
    if accounts:
        return Candidate(f"user {accounts[0].user_id}", accounts, found[0].password_hash)
    return Candidate(f"address {folded}", (), stand_in or UNKNOWN_USER_HASH)


def account_by_password(email: str, password: str, *, preferred: str | None = None) -> Account:
    """The account of an e-mail address and its password; raises `InvalidCredentials`."""
    return candidate_by_email(email).account(password, preferred=preferred)
