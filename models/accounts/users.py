"""Users by their e-mail address: adding them to an organisation, and giving them a password."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, record_act
from models.accounts.memberships import add_member, first_admin, membership_of, works_somewhere
from models.accounts.passwords import hash_password, password_matches
from models.accounts.user_sessions import end_all
from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.id_arrays import any_of
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User


def check_email(email: str) -> None:
    """Raises `InvalidRequest` for text that is not an e-mail address."""
    name, _at, domain = email.rpartition("@")
    if not (name and domain and email.isprintable() and " " not in email):
        raise InvalidRequest(f"{email!r} is not an e-mail address such as ana@example.com.")


def user_with_email(session: Session, email: str) -> User | None:
    """The user with this address, in whichever case it is written."""
    return session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


def user_named(session: Session, email: str) -> User:
    """The user with this address, even if their account has ended; raises `NotFound`."""
    found = user_with_email(session, email)
    if found is None:
        raise NotFound(f"There is no user {email}: add them with `billmill user add`.")
    return found


def working_user(session: Session, email: str) -> User:
    """The user with this address who works in some organisation; raises `NotFound`."""
    found = user_named(session, email)
    if not works_somewhere(session, found.id):
        raise NotFound(f"There is no user {email}: add them with `billmill user add`.")
    return found


def user_emails(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """The e-mail addresses of these users, former members included."""
    named = select(User.id, User.email).where(User.id == any_of(sorted(set(user_ids))))
    return dict(session.execute(named).all())


def member_with_email(
    session: Session, organization_id: int, email: str
) -> tuple[User, Membership]:
    """The user with this address and their membership; raises `NotFound`."""
    found = user_with_email(session, email)
    membership = found and membership_of(session, organization_id, found.id)
    if not found or not membership:
        raise NotFound(f"{email} is not in the organisation: add them with `billmill user add`.")
    return found, membership


def acting_user_id(organization_id: int, email: str | None) -> int:
    """The user id of the member with this address, or of the first admin; raises `NotFound`."""
    with org_transaction(organization_id) as session:
        if email is not None:
            return member_with_email(session, organization_id, email)[0].id
        return first_admin(session, organization_id)


def has_password(session: Session, organization: Organization, email: str) -> bool:
    """Whether the address already has a password, because its user works in another organisation.

    Raises `InvalidRequest` if the user works in this one.
    """
    user = user_with_email(session, email)
    if user is None or not works_somewhere(session, user.id):
        return False
    if membership_of(session, organization.id, user.id):
        raise InvalidRequest(f"{user.email} is in {organization.slug} already.")
    return True


def add_user(
    session: Session, organization: Organization, email: str, role: str, password: str | None
) -> User:
    """Makes the user with this address a member of the organisation.

    Without a `password` they keep the one that they have.
    """
    user = user_with_email(session, email) or User(email=email)
    if password is not None:
        user.password_hash = hash_password(password)
        session.add(user)
        session.flush()
    add_member(session, organization.id, user.id, role)
    record_act(session, organization.id, OPERATOR, "user.added", email=user.email, role=role)
    return user


def ensure_user(
    session: Session, organization: Organization, email: str, role: str, password: str
) -> None:
    """Makes sure that the address is a member's and that this is their password."""
    user = user_with_email(session, email)
    if user is not None and not password_matches(user.password_hash, password):
        change_password(session, user, password)
    if user is None or membership_of(session, organization.id, user.id) is None:
        add_user(session, organization, email, role, password)


def guessable_texts(session: Session, user: User) -> list[str]:
    """What an attacker knows about a user: the e-mail address and the organisations' names."""
    names = [text for each in _organizations_of(session, user) for text in (each.slug, each.name)]
    return [user.email, *names]


def change_password(session: Session, user: User, password: str) -> None:
    """Replaces a user's password, and ends the sessions that began with the old one."""
    user.password_hash = hash_password(password)
    for organization in _organizations_of(session, user):
        record_act(session, organization.id, OPERATOR, "password.changed", email=user.email)
        end_all(session, organization.id, user.id, "new_password", OPERATOR)


def _organizations_of(session: Session, user: User) -> list[Row[int, str, str]]:
    works_in = (
        select(Organization.id, Organization.slug, Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
    )
    return list(session.execute(works_in))
