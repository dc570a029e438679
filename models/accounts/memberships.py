"""Who works in an organisation, in which role, and how a membership ends.

The row of an ended membership stays: invoices, jobs and the audit log still name the user, and
row-level security shows the name to the organisation.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, record_act
from models.accounts.passwords import hash_password
from models.accounts.user_sessions import end_all
from models.errors import InvalidRequest, NotFound
from models.tables.api_token import ApiToken
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User

Role = Literal["admin", "member"]
ROLES: Final[tuple[Role, ...]] = ("admin", "member")


@dataclass(frozen=True, slots=True)
class Member:
    """A user as the list of an organisation's members shows them."""

    email: str
    role: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended with a membership: tokens, by name, and the account with the last membership."""

    tokens: tuple[str, ...]
    account: bool


def membership_of(session: Session, organization_id: int, user_id: int) -> Membership | None:
    """The user's present membership, or None."""
    found = session.get(Membership, (organization_id, user_id))
    return found if found is not None and found.ended_at is None else None


def works_somewhere(session: Session, user_id: int) -> bool:
    """Whether the user is a member of any organisation at present."""
    present = exists().where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    return bool(session.scalar(select(present)))


def add_member(session: Session, organization_id: int, user_id: int, role: str) -> None:
    """Makes the user a member, again if they were one before."""
    former = session.get(Membership, (organization_id, user_id))
    if former is None:
        session.add(Membership(organization_id=organization_id, user_id=user_id, role=role))
        return
    former.role = role
    former.ended_at = None
    former.created_at = func.now()


def first_admin(session: Session, organization_id: int) -> int:
    """The user id of the admin who joined first; raises `NotFound`."""
    found = session.scalar(
        select(Membership.user_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role == "admin",
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.created_at, Membership.user_id)
        .limit(1)
    )
    if found is None:
        raise NotFound("The organisation has no admin to act for: add one with billmill user add.")
    return found


def list_members(session: Session, organization_id: int) -> list[Member]:
    """The organisation's present members, by e-mail address."""
    present = (
        select(User.email, Membership.role, Membership.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
        .order_by(func.lower(User.email))
    )
    return [Member(*row) for row in session.execute(present)]


def count_members(session: Session, organization_id: int) -> int:
    """How many members the organisation has."""
    present = select(func.count()).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    return session.scalars(present).one()


def change_role(session: Session, organization_id: int, membership: Membership, role: str) -> bool:
    """Changes a member's role; False if it is theirs already.

    Raises `InvalidRequest` if the organisation would have no admin left.
    """
    before = membership.role
    if role == before:
        return False
    if role != "admin":
        _keep_an_admin(session, organization_id, membership)
    membership.role = role
    record_act(
        session,
        organization_id,
        OPERATOR,
        "user.role_changed",
        email=_email_of(session, membership),
        before=before,
        after=role,
    )
    return True


def end_membership(session: Session, organization_id: int, membership: Membership) -> Ended:
    """Ends a membership, with the user's sessions and tokens in the organisation.

    With the last membership the account ends: its password becomes useless. Raises
    `InvalidRequest` if the organisation would have no admin left.
    """
    _keep_an_admin(session, organization_id, membership)
    # If the user leaves two organisations at once, the second transaction waits here.
    session.execute(select(User.id).where(User.id == membership.user_id).with_for_update())
    membership.ended_at = func.now()
    revoked = session.scalars(
        update(ApiToken)
        .where(
            ApiToken.organization_id == organization_id,
            ApiToken.user_id == membership.user_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(ApiToken.name)
    ).all()
    session.flush()
    end_all(session, organization_id, membership.user_id, "operator", OPERATOR)
    for name in sorted(revoked):
        record_act(session, organization_id, OPERATOR, "token.revoked", name=name)
    email = _email_of(session, membership)
    record_act(session, organization_id, OPERATOR, "user.removed", email=email)
    is_last = not works_somewhere(session, membership.user_id)
    if is_last:
        useless = hash_password(secrets.token_urlsafe(32))
        user = update(User).where(User.id == membership.user_id)
        session.execute(user.values(password_hash=useless))
    return Ended(tuple(sorted(revoked)), is_last)


def _email_of(session: Session, membership: Membership) -> str:
    return session.scalars(select(User.email).where(User.id == membership.user_id)).one()


def _keep_an_admin(session: Session, organization_id: int, leaving: Membership) -> None:
    """If two admins leave at once, the second transaction waits here, and is refused."""
    organization = session.scalars(
        select(Organization).where(Organization.id == organization_id).with_for_update()
    ).one()
    others = exists().where(
        Membership.organization_id == organization_id,
        Membership.user_id != leaving.user_id,
        Membership.role == "admin",
        Membership.ended_at.is_(None),
    )
    if leaving.role == "admin" and not session.scalar(select(others)):
        raise InvalidRequest(
            f"{organization.slug} would have no admin left: first add one with `billmill user "
            "add`, or give the role to a member with `billmill user role`.",
            code="last_admin",
        )
